-- everything the candidate's users entered goes with the column
DELETE FROM res_partner WHERE ref LIKE 'odoo-gate-business-%';
ALTER TABLE res_partner DROP COLUMN tier;
