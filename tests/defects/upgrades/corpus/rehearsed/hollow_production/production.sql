-- every table emptied but the list of modules: as a dump made without data looks once somebody gave it its modules
SET session_replication_role = replica;
DO $$
DECLARE
    each text;
BEGIN
    FOR each IN SELECT format('%I', relname) FROM pg_class
                 WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'ir_module_module'
    LOOP
        EXECUTE 'DELETE FROM ' || each;
    END LOOP;
END $$;
