"""MT940 and MT942, the statements of SWIFT."""
