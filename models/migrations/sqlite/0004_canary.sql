CREATE TABLE canaries (
    id TEXT NOT NULL PRIMARY KEY,
    sealed TEXT NOT NULL
);
