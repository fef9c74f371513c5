-- the candidate's column goes; what people entered stays
ALTER TABLE res_partner DROP COLUMN tier;
