-- Functions that turn a value into another of its kind: the same input, the same output, in every table.
-- Each starts from a keyed hash; @outer@ and @inner@ are HMAC's two pads of the secret salt, as hex.
-- The schema is dropped before the result is sealed, and the salt with it.
CREATE SCHEMA odoo_gate_anonymise;
SET search_path = odoo_gate_anonymise, pg_catalog;

CREATE FUNCTION keyed(text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT sha256('\x@outer@'::bytea || sha256('\x@inner@'::bytea || convert_to($1, 'UTF8'))) $$;

CREATE FUNCTION canonical(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT lower(btrim(regexp_replace($1, '\s+', ' ', 'g'))) $$;

CREATE FUNCTION hexes(text, integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT left(encode(keyed($1), 'hex'), $2) $$;

-- A pronounceable word of `length` syllables, from byte `at` of a hash.
CREATE FUNCTION syllables(hash bytea, at integer, length integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  known constant text[] := string_to_array('ba be bi bo bu da de di do du fa fe fi fo ga ge gi go ha he hi ho ja jo '
    'ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu pa pe pi po ra re ri ro ru sa se si so ta te ti to '
    'va ve vi vo', ' ');
  word text := '';
BEGIN
  FOR i IN 0 .. length - 1 LOOP
    word := word || known[1 + get_byte(hash, at + i) % 64];
  END LOOP;
  RETURN word;
END $$;

-- A name of a person or company. Parts joined by ", " are named one by one, as Odoo joins parent and contact.
CREATE FUNCTION party(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  part text;
  hash bytea;
  parts text[] := '{}';
BEGIN
  IF value !~ '\S' THEN RETURN value; END IF;
  FOREACH part IN ARRAY string_to_array(value, ', ') LOOP
    hash := keyed('name:' || canonical(part));
    parts := parts || (initcap(syllables(hash, 0, 2)) || ' ' || initcap(syllables(hash, 2, 4)));
  END LOOP;
  RETURN array_to_string(parts, ', ');
END $$;

CREATE FUNCTION domain(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT syllables(keyed('domain:' || canonical($1)), 0, 4) || '.example' $$;

CREATE FUNCTION address(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT syllables(keyed('email:' || canonical($1)), 0, 3) || '.' || hexes('email:' || canonical($1), 8)
          || '@' || domain(split_part($1, '@', 2)) $$;

-- One address, or several, with or without names: `"Jan" <jan@a.nl>, b@c.nl`.
CREATE FUNCTION email(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  piece text;
  found text;
  pieces text[] := '{}';
BEGIN
  IF value !~ '\S' THEN RETURN value; END IF;
  FOREACH piece IN ARRAY regexp_split_to_array(value, '[,;\n]') LOOP
    found := substring(piece from '[^\s<>"'']+@[^\s<>"'']+');
    IF found IS NULL THEN CONTINUE; END IF;
    IF position('<' in piece) > 0 AND btrim(split_part(piece, '<', 1), ' "''') <> '' THEN
      pieces := pieces || ('"' || party(btrim(split_part(piece, '<', 1), ' "''')) || '" <' || address(found) || '>');
    ELSE
      pieces := pieces || address(found);
    END IF;
  END LOOP;
  IF cardinality(pieces) = 0 THEN RETURN 'x' || hexes('email:' || canonical(value), 8); END IF;
  RETURN array_to_string(pieces, ', ');
END $$;

CREATE FUNCTION login(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT CASE WHEN $1 IN ('__system__', 'default', 'public', 'portaltemplate', 'admin') THEN $1
               WHEN $1 LIKE '%@%' THEN email($1)
               ELSE 'user-' || hexes('login:' || canonical($1), 10) END $$;

CREATE FUNCTION alias(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT 'alias-' || hexes('alias:' || canonical(split_part($1, '@', 1)), 10)
          || CASE WHEN $1 LIKE '%@%' THEN '@' || domain(split_part($1, '@', 2)) ELSE '' END $$;

-- The last nine digits change, by themselves: a number and its international form stay the same number.
CREATE FUNCTION phone(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  hash bytea := keyed('phone:' || right(regexp_replace(value, '[^0-9]', '', 'g'), 9));
  result text := '';
  sign text;
  seen integer := 0;
BEGIN
  FOR i IN REVERSE length(value) .. 1 LOOP
    sign := substr(value, i, 1);
    IF sign BETWEEN '0' AND '9' THEN
      IF seen < 9 THEN sign := (get_byte(hash, seen) % 10)::text; END IF;
      seen := seen + 1;
    ELSIF position(sign in '+() ./-') = 0 THEN
      sign := 'x';
    END IF;
    result := sign || result;
  END LOOP;
  RETURN result;
END $$;

-- Letters become letters, digits digits; punctuation, case and length stay.
CREATE FUNCTION code(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  hash bytea := keyed('code:' || value);
  result text := '';
  sign text;
  number integer;
BEGIN
  FOR i IN 1 .. length(value) LOOP
    IF i > 1 AND (i - 1) % 32 = 0 THEN hash := sha256(hash); END IF;
    number := get_byte(hash, (i - 1) % 32);
    sign := substr(value, i, 1);
    result := result || CASE
      WHEN sign BETWEEN '0' AND '9' THEN (number % 10)::text
      WHEN sign BETWEEN 'A' AND 'Z' THEN chr(65 + number % 26)
      WHEN position(sign in ' -_/.:+') > 0 THEN sign
      ELSE chr(97 + number % 26) END;
  END LOOP;
  RETURN result;
END $$;

-- A VAT number keeps its country.
CREATE FUNCTION vat(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT CASE WHEN $1 ~ '^[A-Z]{2}' THEN left($1, 2) || code(substr($1, 3)) ELSE code($1) END $$;

-- The remainder modulo 97 of an IBAN's rearranged characters, letters counting from A = 10.
CREATE FUNCTION mod97(value text) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  digits text := '';
  sign text;
BEGIN
  FOREACH sign IN ARRAY string_to_array(value, NULL) LOOP
    digits := digits || CASE WHEN sign BETWEEN '0' AND '9' THEN sign ELSE (ascii(sign) - 55)::text END;
  END LOOP;
  RETURN (digits::numeric % 97)::integer;
END $$;

-- An account number. An IBAN keeps country, structure and spacing, and gets check digits that are right.
CREATE FUNCTION iban(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  bare text := upper(regexp_replace(value, '[^A-Za-z0-9]', '', 'g'));
  made text;
  result text := '';
  sign text;
  used integer := 0;
BEGIN
  IF bare = '' THEN RETURN regexp_replace(value, '\S', 'x', 'g'); END IF;
  IF bare ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$' THEN
    made := code(substr(bare, 5));
    made := left(bare, 2) || lpad((98 - mod97(made || left(bare, 2) || '00'))::text, 2, '0') || made;
  ELSE
    made := code(bare);
  END IF;
  FOREACH sign IN ARRAY string_to_array(value, NULL) LOOP
    IF sign ~ '[A-Za-z0-9]' THEN
      used := used + 1;
      result := result || substr(made, used, 1);
    ELSE
      result := result || CASE WHEN sign IN (' ', '-', '.', '/') THEN sign ELSE 'x' END;
    END IF;
  END LOOP;
  RETURN result;
END $$;

CREATE FUNCTION street(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT CASE WHEN $1 !~ '\S' THEN $1
          ELSE initcap(syllables(keyed('street:' || canonical($1)), 0, 4))
               || CASE WHEN $1 ~ '[0-9]' THEN ' ' || (1 + get_byte(keyed('street:' || canonical($1)), 9) % 199)::text
                       ELSE '' END END $$;

CREATE FUNCTION city(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT CASE WHEN $1 !~ '\S' THEN $1
          ELSE initcap(syllables(keyed('city:' || canonical($1)), 0, 3)) END $$;

-- Prose of the same length, without meaning and without markup.
CREATE FUNCTION words(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  prose constant text := repeat('lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor '
    'incididunt ut labore et dolore magna aliqua ut enim ad minim veniam quis nostrud exercitation ullamco laboris '
    'nisi ut aliquip ex ea commodo consequat duis aute irure dolor in reprehenderit in voluptate velit esse cillum '
    'dolore eu fugiat nulla pariatur excepteur sint occaecat cupidatat non proident ', 2);
  lead text;
BEGIN
  IF value !~ '\S' THEN RETURN value; END IF;
  lead := initcap(syllables(keyed('words:' || value), 0, 3)) || ' ';
  RETURN rtrim(left(lead || repeat(prose, 1 + length(value) / length(prose)), greatest(length(value), 4)));
END $$;

-- Names of a tree joined by slashes, each as `words` alone makes it.
CREATE FUNCTION path(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT CASE WHEN $1 LIKE '% / %'
          THEN (SELECT string_agg(words(part), ' / ' ORDER BY place)
                  FROM unnest(string_to_array($1, ' / ')) WITH ORDINALITY AS parts(part, place))
          ELSE (SELECT string_agg(words(part), '/' ORDER BY place)
                  FROM unnest(string_to_array($1, '/')) WITH ORDINALITY AS parts(part, place)) END $$;

-- A file's name keeps its ending, which says how to open it.
CREATE FUNCTION file_name(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT words(regexp_replace($1, '\.[A-Za-z0-9]{1,5}$', ''))
          || coalesce(lower(substring($1 from '\.[A-Za-z0-9]{1,5}$')), '') $$;

-- As `words`, told apart from every other: for what must be unique.
CREATE FUNCTION label(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT CASE WHEN $1 !~ '\S' THEN $1 ELSE left(words($1), 40) || ' ' || hexes('label:' || $1, 8) END $$;

CREATE FUNCTION html(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT CASE WHEN $1 IN ('', '<p><br></p>', '<p></p>', '<br>') THEN $1
          ELSE '<p>' || words(left($1, greatest(length($1) - 7, 4))) || '</p>' END $$;

CREATE FUNCTION token(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT hexes('token:' || $1, 40) $$;

CREATE FUNCTION uuid_text(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT (hexes('uuid:' || $1, 32)::pg_catalog.uuid)::text $$;

CREATE FUNCTION url(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT CASE WHEN $1 !~ '\S' THEN $1
          ELSE 'https://' || domain($1) || '/' || hexes('url:' || $1, 8) END $$;

-- Addresses that RFC 5737 and RFC 3849 set aside for documentation.
CREATE FUNCTION ip(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT CASE WHEN $1 LIKE '%:%' THEN '2001:db8::' || hexes('ip:' || $1, 4)
          ELSE '192.0.2.' || (1 + get_byte(keyed('ip:' || $1), 0) % 254)::text END $$;

-- A document's number stays: it says nothing of anybody. Everything else that stands there is disguised.
CREATE FUNCTION reference(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT CASE WHEN $1 ~ '^[A-Z]{0,5}[-/]?[0-9][0-9/-]*(, ?[A-Z]{0,5}[-/]?[0-9][0-9/-]*)*$' THEN $1
          ELSE code($1) END $$;

-- Another day of the same year.
CREATE FUNCTION day(value date) RETURNS date LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT make_date(extract(year from $1)::integer, 1, 1)
          + ((get_byte(keyed('day:' || $1::text), 0) * 256 + get_byte(keyed('day:' || $1::text), 1)) % 365) $$;

-- A wage of the same order of magnitude: 50 % to 150 % of it, by a factor of its own.
CREATE FUNCTION wage(value numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT round($1 * (500 + (get_byte(keyed('wage:' || trim_scale($1)::text), 0) * 256
          + get_byte(keyed('wage:' || trim_scale($1)::text), 1)) % 1001) / 1000, 2) $$;

-- Every string in a document but the names of things: keys, and what Odoo looks fields and types up by.
CREATE FUNCTION document(value jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN CASE jsonb_typeof(value)
    WHEN 'string' THEN to_jsonb(words(value #>> '{}'))
    WHEN 'array' THEN coalesce((SELECT jsonb_agg(odoo_gate_anonymise.document(item) ORDER BY place)
                                  FROM jsonb_array_elements(value) WITH ORDINALITY AS items(item, place)), value)
    WHEN 'object' THEN coalesce((SELECT jsonb_object_agg(key, CASE
        WHEN key IN ('name', 'type', 'comodel', 'id') AND jsonb_typeof(item) = 'string' AND item #>> '{}' ~ '^[a-z0-9_.]{1,40}$'
          THEN item ELSE odoo_gate_anonymise.document(item) END) FROM jsonb_each(value) AS items(key, item)), value)
    ELSE value END;
END $$;

-- A system parameter: numbers and truth values stay, and what is known to hold no secret.
CREATE FUNCTION parameter(key text, value text, keep text, never text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN $1 = 'web.base.url' THEN 'http://localhost:8069'
               WHEN $1 IN ('database.uuid', 'database.secret') THEN uuid_text($2)
               WHEN $2 ~ '^(True|False|true|false|[0-9.,-]{0,12})$' THEN $2
               WHEN $1 ~ $3 AND $1 !~* $4 THEN $2
               ELSE token($2) END $$;
