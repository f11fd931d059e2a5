day = DATE '2025-03-31'
