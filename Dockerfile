# One image that holds vitals and mock-services; docker-compose.yml puts them together.

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
# DuckDB is compiled from source (feature `bundled`), so that the programs need no library of ours beside them: about an
# hour on two cores the first time; the caches keep it for the next
RUN --mount=type=cache,target=/target --mount=type=cache,target=/usr/local/cargo/registry \
    CARGO_TARGET_DIR=/target cargo build --locked --release --package cli --package mock-services \
    && install -D --target-directory=/programs /target/release/vitals /target/release/mock-services

FROM debian:bookworm-slim
# DuckDB is C++
RUN apt-get update && apt-get install --yes --no-install-recommends libstdc++6 && rm -rf /var/lib/apt/lists/*
COPY --from=build /programs/ /usr/local/bin/
# the default data folder is data/vitals below the working folder, so no command needs --data; new volumes mounted
# there and on tokens take over their owner
WORKDIR /srv/vitals
RUN useradd --system --uid 3500 vitals && mkdir -p data/vitals tokens && chown -R vitals data tokens
USER vitals
# messages, questions, SQL
EXPOSE 3500/udp 3501/tcp 5433/tcp
# SIGTERM drains the sockets and syncs the journal; the default signal, said because it matters
STOPSIGNAL SIGTERM
# of a process that answers; a container that only collects or sends switches it off
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["vitals", "status", "--check"]
CMD ["vitals", "serve"]
