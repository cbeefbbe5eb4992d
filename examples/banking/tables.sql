CREATE TABLE balance (
    timestamp BIGINT NOT NULL,
    user_id   TEXT   NOT NULL,
    balance   BIGINT NOT NULL
);

CREATE TABLE loan (
    timestamp BIGINT NOT NULL,
    user_id   TEXT   NOT NULL,
    loan      BIGINT NOT NULL
);
