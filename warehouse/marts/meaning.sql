-- What a movement means, in one row: the name and the path stand beside their keys.
CREATE VIEW enriched.meaning AS
SELECT n.*, v.name AS vendor, c.path AS category, c.top_name AS category_top
FROM enriched.transaction AS n
LEFT JOIN enriched.vendor AS v ON v.vendor_key = n.vendor_key
LEFT JOIN enriched.category AS c ON c.category_key = n.category_key
