ALTER TABLE res_partner ADD COLUMN x_nickname varchar;
UPDATE res_partner SET x_nickname = 'Harry';
