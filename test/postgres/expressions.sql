-- Expressions and small statements, one a line, for expressions.test.ts: the simulated server gives what PostgreSQL gives, or refuses.
create table t (id int primary key, n numeric, c char(3), v varchar(10), s text, ts timestamp, tz timestamptz, d date, iv interval, j jsonb, a int[], b bigint, f float8)
insert into t values (1, 2.55, 'ab', 'xy ', ' hi ', '2024-02-29 10:20:30.123456', '2024-02-29 10:00+00', '2024-02-29', '1 day 2 hours', '{"k": {"z": 1}, "a": [1, 2]}', '{3,1}', 9, 1.5), (2, -2.55, 'a', 'b', 'x', null, null, null, '3 hours', '[1, "k"]', '{}', 8, -1.5)
create sequence sq
select date_trunc('day', ts) from t
select date_trunc('day', tz) from t
select date_trunc('day', d) from t
select '2024-02-29'::interval
select now()::date = current_date
select upper('é') , lower('É')
select * from t where (id, b) = (select 1, 9::bigint)
select (id, b) = (select 1, 9::bigint) from t
select (id, b) <> (select 1, 9::bigint) from t
select (id, b) < (select 1, 19::bigint) from t
select (id, b) = (select 1, 9::bigint where false) from t
select extract(day from timestamp '2024-02-29')
select date_part('day', timestamp '2024-02-29')
select trim(both 'x' from 'xax')
select mod(2.5, 2)
select trunc(2.55, 1)
select array_append(array[1], 2::bigint)
select jsonb_agg(id order by id) from t
update t set id = id returning old.id, new.id
select last_value from sq
select 'P1D'::interval
update t set id = nowhere returning elsewhere
update t set x = x + 1
select * from t where t.x in (select s.x from t s)
select jsonb_agg(id), count(*) from t
select json_agg(id) from t
select stddev(id) from t
select bit_or(id) from t
select jsonb_object_agg(id, s) from t
select extract(year from d), extract(hour from ts), extract(isodow from tz) from t
select extract(hour from d) from t
select date_trunc('day', tz, 'UTC') from t
select date_trunc('day', iv), date_trunc('hour', iv) from t
select sum(iv), avg(iv) from t
select current_setting('app.tenant', true)
select current_setting('TimeZone')
select current_setting('nope')
select current_setting('nope', true)
select current_setting('work_mem')
select ltrim('aab', 'a'), rtrim('baa', 'a'), btrim('abab', 'ba'), ltrim('xyz', null)
select trunc(n, 1), mod(n, 2), round(n, 1), trunc(n, -1) from t
select j - array['k'], j['k'], j['k']['z'], j['a'][0] from t
select j - 'k', j - 0 from t where id = 2
select * from unnest(array[1,2], array['a','b','c']) as t(a, b)
select count(t.*) from t
select substring('hello' from 'l.')
select interval 'PT15M', interval 'P1Y2M3DT4H5M6S', interval 'P2W', interval 'P0001-02-03T04:05:06'
select array_agg(distinct n) from (values (2),(1),(null),(2)) v(n)
select string_agg(distinct s, ',') from (values ('b'),('a'),('b')) v(s)
select string_agg(distinct s, ',' order by s desc) from (values ('b'),('a'),('b')) v(s)
select array_agg(distinct n order by n desc) from (values (2),(1),(null),(2)) v(n)
select count(distinct n), sum(distinct n) from (values (2),(1),(null),(2)) v(n)
select min(c), max(c) from t
select min(v), max(v), min(s) from t
select array_agg(array[id]) from t
select array_agg(a) from t
select jsonb_build_object(null, 1)
select jsonb_build_object('a', 1, 'b')
select date_trunc('seconds', timestamptz '2000-01-01 00:00:00.5+00')
select date_trunc('sec', tz), date_trunc('minutes', tz), date_trunc('min', tz), date_trunc('days', tz), date_trunc('hours', ts), date_trunc('hrs', ts), date_trunc('hr', ts), date_trunc('h', ts), date_trunc('m', ts) from t
select date_trunc('mon', tz), date_trunc('months', tz), date_trunc('mons', tz), date_trunc('y', tz), date_trunc('yr', tz), date_trunc('years', tz), date_trunc('qtr', tz), date_trunc('w', tz), date_trunc('weeks', tz), date_trunc('dec', ts), date_trunc('decade', ts), date_trunc('c', ts), date_trunc('century', ts), date_trunc('millennium', ts), date_trunc('mil', ts), date_trunc('us', ts), date_trunc('msec', ts), date_trunc('ms', ts) from t
select date_trunc('d', ts), date_trunc('s', ts) from t
select date_trunc('foo', ts) from t
select date_trunc('dow', ts) from t
select date_trunc('timezone', ts) from t
select md5('a')
select foo(1)
select foo(1, 'x'::text)
select count(*) filter (where x > 1) from t
select upper(1)
select abs('x'::text)
select abs(true)
select lower(array[1])
select 1 = 'x'::text
select 1 ~ 2
select 'a' ~ 'b'
select 1 ## 2
select 'x'::foo
select 'x'::inet
select 'x'::bytea
select cast(1 as bytea)
select 1::uuid
select 1::date
select true::int8
select '1'::json
select point '(1,2)'
select to_char(now(), 'YYYY') is null
select gen_random_uuid() is null
select random() < 2
select * from pg_locks limit 0
select * from pg_class limit 0
select * from nowhere
select * from generate_series(1,3,0)
select sum(f), avg(f), min(f) from t
select var_pop(id) from t
select every(true)
select percentile_cont(0.5) within group (order by id) from t
select row_number() over () from t
select row_number() from t
select lag(id) from t
select count(id, b) from t
select sum(s) from t
select min(true)
select min(j) from t
select max(a) from t
select min(gen_random_uuid()) is null
select string_agg(id, ',') from t
select string_agg(s) from t
select array_length(1, 1)
select cardinality(1)
select array_position(array[1,2], 2), array_position(array[1,2,1], 1, 2)
select array_positions(array[1,2,1], 1)
select array_cat(array[1], array[2])
select array_to_string(array[1,2], ',')
select string_to_array('a,b', ',')
select array_remove(array[1,2], 1), array_prepend(1, array[2]), array_replace(array[1,2],1,3)
select array_upper(array[1,2], 1), array_lower(array[1,2], 1), array_ndims(array[1])
select jsonb_array_length('[1,2]')
select jsonb_typeof('[1]')
select jsonb_set('{"a":1}', '{a}', '2')
select to_jsonb(1), to_json(1)
select concat(1, 'a', null, true), concat_ws(',', 1, null, 2)
select format('%s', 1)
select coalesce(1, 'x')
select coalesce(1, 'x'::text)
select greatest(1, 2.5), least('a', 'b')
select nullif(1, 1), nullif('a', 'b')
select position('b' in 'abc'), strpos('abc', 'c')
select overlay('abc' placing 'x' from 2)
select substring('hello', 2), substring('hello' from 2 for 2), substring('hello' for 2)
select substring('hello' similar 'h#"e#"%' escape '#')
select char_length('abc'), character_length('abc'), octet_length('é'), bit_length('a')
select initcap('hello world'), reverse('abc'), ascii('a'), chr(97), translate('abc', 'ab', 'xy'), split_part('a,b', ',', 2), right('abc', 2), left('abc', -1)
select power(2, 3), sqrt(4), exp(1), ln(1), log(10), pi(), cbrt(8), div(7, 2), gcd(4, 6), lcm(4,6), degrees(0), sign(-1), sign(-1.5), sign(2::float8)
select round(2.5::float8), round(-2.5), round(1234.567, -2), ceil(2.1), floor(-2.1), trunc(2.7::float8), trunc(-2.7)
select greatest(interval '1 day', interval '2 hours')
select age(timestamp '2024-03-01', timestamp '2024-01-15')
select justify_hours(interval '30 hours'), justify_days(interval '40 days'), justify_interval(interval '1 mon -1 hour')
select make_interval(days => 3)
select make_date(2024, 2, 29), make_timestamp(2024,2,29,1,2,3.5)
select to_timestamp(0)
select extract(epoch from ts), extract(epoch from tz), extract(epoch from d), extract(epoch from iv) from t
select extract(century from ts), extract(decade from ts), extract(millennium from ts), extract(quarter from ts), extract(week from ts), extract(isoyear from ts), extract(doy from ts), extract(julian from ts), extract(dow from ts) from t
select extract(timezone from tz), extract(timezone_hour from tz), extract(timezone_minute from tz) from t
select extract(timezone from ts) from t
select extract(millisecond from ts), extract(microseconds from ts), extract(seconds from ts), extract(min from ts), extract(hours from ts) from t
select extract(foo from ts) from t
select extract(year from iv), extract(months from iv), extract(days from iv), extract(hour from iv), extract(quarter from iv), extract(decade from iv), extract(century from iv), extract(week from iv), extract(dow from iv) from t
select extract(day from iv), extract(quarter from iv), extract(decade from iv), extract(century from iv), extract(millennium from iv) from t
select date_part('epoch', iv), date_part('second', ts), date_part('year', d) from t
select date_part('hour', d) from t
select extract(day from '2024-02-29')
select date_part('day', '2024-02-29')
select ts at time zone 'UTC' from t
select current_date - 1 < current_date, date '2024-01-01' + 1, date '2024-01-01' + interval '1 day'
select date '2024-01-02' - timestamp '2024-01-01'
select ts - d, tz - ts is null from t
select ts - date '2024-02-01' from t
select interval '1 day' * 2, 2 * interval '1 day', interval '1 day' / 2, interval '1 hour' * 1.5
select interval '1 day' + date '2024-01-01', interval '1 day' + timestamp '2024-01-01'
select time '10:00'
select '10:00'::time
select money '1.00' / 2
select 5 / 0
select 5 % 0
select 2 ^ 3, 2.0 ^ 3
select |/ 4, !! 3
select 1 <-> 2
select 'a' || 1, 1 || 2
select array[1,2] || 3::bigint, array[1] || array['a']
select array[[1,2],[3,4]]
select array[1,2] @> array[1], array[1] && array[2]
select (array[1,2,3])[1:2]
select j -> 'k' ->> 'z', j #> '{k,z}', j ? 'k', j ?| array['k'], j @> '{"a":[1]}' from t
select j || '{"b": 2}', j - 'a' from t where id = 1
select j #- '{k,z}' from t
select j < '1' from t
select s like 'h%', s ilike 'X', s similar to 'x' from t
select s ~ 'x', s !~* 'X' from t
select id::text || c, c || 'x', length(c), c = 'ab' from t
select pg_typeof(1), pg_typeof(c), pg_typeof('x'), pg_typeof(null) from t
select current_user is null
select current_schema(), current_database() is null, version() is null
select pg_sleep(0)
select set_config('a.b', 'c', false)
select txid_current() is null, pg_current_xact_id() is null
select hashtext('a'), hashint4(1), hashtextextended('a', 0)
select isfinite(now())
select num_nulls(1, null), num_nonnulls(1, null)
select bool_and(true), bool_or(null::bool)
select regexp_replace('abc', 'b', 'x')
select quote_ident('a b'), quote_literal('a'), quote_nullable(null)
select t from t
select t.* from t where t is not null
select row(1,2), row(1,'a') = row(1,'a')
select exists(select 1), array(select 1)
select 1 in (1,2), 1 not in (2, null)
select 1 = any(array[1]), 1 = all('{1,2}')
select 1 = any(1)
select case when 1 then 2 end
select case 1 when 'a' then 2 end
select 1 where 1
select 1 and true
select not 1
select 'a' and true
select -'a'
select - 'a'::text
select 1 + 'a'
select 1 + 'a'::text
select 'a' + 'b'
select null + null
select now() + 1
select now() - now(), now() - interval '1 day' < now()
select id from t order by nope
select id from t group by nope
select nope(id) from t
select t.nope from t
select u.id from t
select id from t having true
select sum(sum(id)) from t
select sum(id) from t where sum(id) > 1
select generate_series(1,3)
select generate_series(1, 2, 'x')
select unnest(1)
select unnest(array[1,2]), generate_series(1,3)
select unnest('{1}')
select * from unnest(array[array[1,2]])
select * from lower('A')
select * from now() where false
select cast('1' as integer), int4 '5', '5'::int4, int2 '5', float4 '1.5', '5'::"char"
select 'a'::name, 'abc'::char(2), 'abc'::varchar(2), 'abc'::char
select 1.5::numeric(3,1), 1.55::numeric(3,1), '12345'::numeric(3)
select timestamp(3) '2024-01-01 00:00:00.123456'
select '2024-01-01 00:00:00.123456'::timestamptz(0)
select 'infinity'::timestamptz
select 'NaN'::numeric, 'NaN'::float8
select 'today'::date = current_date
select date 'epoch', timestamp 'epoch'
select '20240229'::date, 'Feb 29, 2024'::date, '2024-060'::date, '29-Feb-2024'::date
select '2024-02-30'::date, '2024-13-01'::date
select '24:00'::interval, '1:2'::interval, '1-2'::interval, '1 2:03'::interval, '- 1 day'::interval
select '1 year 2 mons'::interval, '1.5 months'::interval, '1 foo'::interval
select '2024-02-29 10:00'::interval
select interval '1' day, interval '1' hour, interval '1-2' year to month
select interval '1 day' = '24 hours'
drop table t
select last_value from sq
select nextval('sq'), nextval('sq')
select last_value, is_called from sq
select s.last_value from sq s where is_called
select * from sq
select log_cnt from sq
update sq set last_value = 3
delete from sq
create table t (id int primary key, v int default 3, j jsonb)
insert into t values (1, 1) returning old.v, new.v, v
insert into t values (1, 5) on conflict (id) do update set v = excluded.v returning old.v, new.v, t.v
insert into t values (1, 6), (2, 7) on conflict (id) do update set v = excluded.v returning old.*, new.*
update t set v = v + 1 where id = 1 returning old.v as o, new.v as n, new.v - old.v
delete from t where id = 2 returning old.v, new.v, *
update t set v = o.v from t o where o.id = t.id returning old.v, o.v
update t old set v = 1 returning old.v
select old.v from t
select jsonb_agg(v order by id), jsonb_agg(j) from t
select jsonb_agg(v) from t where false
select jsonb_agg(ts) from (values (timestamp '2024-01-01 10:00'), (null)) v(ts)
select jsonb_agg(d) from (values (date '2024-01-01')) v(d)
select jsonb_agg(x) from (values (1.50), (2)) v(x)
select jsonb_agg(distinct x) from (values (2),(1),(2)) v(x)
select to_jsonb(now()) is null, to_jsonb(interval '1 day'), to_jsonb(timestamp '2024-01-01 10:00:00.5'), to_jsonb(timestamptz '2024-01-01 10:00:00.5+00'), to_jsonb('2024-01-01'::date)
select to_jsonb(row(1,2))
select to_jsonb(array[1,null]), to_jsonb('a"b'::text), to_jsonb(1.50), to_jsonb(true), to_jsonb(1.5::float8)
select * from unnest(array[1,2], array['a']) with ordinality
select * from unnest(array[1,2], array['a']) as u(a,b) where b is null
select unnest(array[1], array[2])
select u from unnest(array[1,2]) u
select unnest from unnest(array[1,2])
select count(t.*), count(o.*) from t left join t o on o.id = t.id + 100
select count(nope.*) from t
select ((1,2) = (select 1,2)), (1,2) in (select 1,2), row(1,2) > (select 1,1)
select (1,2) = (select 1)
select (1,2) = (select 1,2,3)
select (1,null) = (select 1,2), (1,null) <> (select 2,2)
update t set nope = 1, id = nowhere
update t set id = id returning nope
update t set nope = default
select sum(x) from (values (interval '1 mon 3 days'), (interval '2 hours')) v(x)
select avg(x) from (values (interval '1 mon 3 days'), (interval '2 hours'), (null)) v(x)
select 'P1Y'::interval, 'PT1.5S'::interval, 'P1.5D'::interval, 'P-1D'::interval, 'PT-5M'::interval, 'P1M'::interval, 'PT1M'::interval
select 'P'::interval
select 'PT'::interval
select 'p1d'::interval
select '-P1D'::interval
select '1 day 2'::interval
select '1 2'::interval
select '5'::interval, '-5'::interval, '1.5'::interval, '+1 day'::interval
select '1 day 1 day'::interval
select '1 hour 02:03'::interval
select 'ago'::interval
select '1 day ago ago'::interval
select '1day'::interval, '1d2h'::interval
select ''::interval
select '1:60'::interval
select '@ 1 day 2 hours ago'::interval
select '1-13'::interval
select '1 month 1 mon'::interval
select '1 quarter'::interval
select '3.5 weeks'::interval, '0.5 year'::interval, '1.7 months'::interval
select '1 mil'::interval
select '-1-2'::interval, '1-2 -3:04'::interval
select '10:11:12.123456'::interval
select '2:03.5'::interval
select interval '1 day' / 3, interval '1 mon' / 7, interval '1 year' * 0.3
select date(now()) = current_date, date('2024-02-29'), date(timestamp '2024-02-29 23:00'), text('a'), int4('5')
select text(1)
select float8('1.5')
select interval('1 day')
select timestamptz('2024-01-01') is null
select current_setting('datestyle'), current_setting('TIMEZONE'), current_setting('transaction_isolation')
show timezone
show TimeZone
show work_mem
show nope
set nope = 1
set work_mem = '4MB'
set app.x = ''
select current_setting('app.x'), current_setting('app.x', true)
select 'foo'::date
select '1'::date
select '12345'::date
select 'hello world'::timestamp
select '2024-01'::date
select '10:00'::timestamp
select 'J2451187'::date
select ''::date
select 'Jan 5 2024'::date
select 'yesterday'::timestamptz < now(), 'tomorrow'::date - 'today'::date, 'now'::timestamp < 'tomorrow'::timestamp
select '2024-06-01 10:00'::timestamptz, '2024-06-01 10:00 PST'::timestamptz
select '2024-06-01 10:00 Europe/Berlin'::timestamptz
select '2024-06-01 25:00'::timestamptz
select timestamp '2024-06-01 10:00' < timestamptz '2024-06-01 10:00+00', date '2024-06-01' = timestamp '2024-06-01', date '2024-06-01' < timestamptz '2024-06-01 06:00+00'
insert into t (id) values (nowhere.x, 1)
insert into t (id) values (t.id)
insert into t (id) values (1, t.x)
insert into t (id) values (max(b), nowhere.x)
insert into t (id) values ((select id, 1), 2)
insert into t (id, b) values (nowhere, 2), (3)
insert into t (id) select t.id
select * from t x, (select * from t) y join t z on x.id = z.id
select * from t x, t y join t z on id = 1
select * from t x, t y join lateral (select x.id as k) z on z.k = y.id
select * from t x, (select x.id) y
select nowhere from t where nothing = 1 group by nobody
select id from t x, t y where 'x'::int
select t.x from t where 'x'::int
select id, max(id) from t where nowhere = 1
select max(nowhere) from t where max(id) = 1
select * from t, t u where max(b) = 1
select distinct n from t for update of nowhere
select distinct nowhere from t for update
select * from (values (1), (2)) x for share
select * from t, (values (1)) x(k) for update
select 1 / 0 from t where false
select 1 from t where id = 99 and 1 / 0 = 1
select 1 from t where false and 1 / 0 = 1
select 1 from t where id = 99 and (true or 1 / 0 = 1)
select case when false then 1 / 0 else 1 end from t
select case 2 when 1 then 1 / 0 else 1 end from t
select case when id = 99 then 1 / 0 else 1 end from t
select coalesce(1, 1 / 0), coalesce(null, 'x', (1 / 0)::text) from t
select coalesce(id, 1 / 0) from t
select exists (select 1 / 0 from t)
with w as (select 1 / 0) select 1
update t set b = 1 / 0 where id = 99
select ('{"a": 1}'::jsonb)::int from t where id = 99
select extract(dow from interval '1 day') from t where id = 99
select pg_typeof(-2147483648), pg_typeof(-(2147483648)), pg_typeof(-9223372036854775808), d - -2147483648 from t where id = 2
select jsonb_agg('a')
select min(a), max(a), min(array['a', 'b']) from t
select (select max(t.b) from (select 1) x where t.id = 3) from t
prepare p as select id from t
execute p(1, nowhere)
create table k (id int primary key, a int, s text, b bigint)
insert into k values (1, 3, 'x', 1)
create unique index on k (a, a)
insert into k values (2, 3, 'X', 1)
drop index k_a_a1_idx
create unique index on k ((a + 1), (b is null))
insert into k values (2, 3, 'X', 1)
