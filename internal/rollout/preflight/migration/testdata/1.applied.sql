CREATE TABLE public.old (
  id bigint PRIMARY KEY, name varchar(100) NOT NULL, n int, price numeric(10, 2), words text, kind ENUM('a', 'b', 'c'), at timestamp with time zone, code varchar(20)
);
DROP TABLE older;
