-- kind: expand
-- Which files customers gave us, and what is in them; they lie in the folder of uploads.

create table attachments (
    name text primary key,
    sha256 text not null,
    kept_at timestamptz not null default now()
);
