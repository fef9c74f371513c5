-- makes nothing undone but the version
UPDATE ir_module_module SET latest_version = '19.0.1.0.0' WHERE name = 'tiers';
