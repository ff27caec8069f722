"""Growth: the pages and the rebuild of reporting at 10,000, 100,000 and 1,000,000 audits of a region's ten years."""
