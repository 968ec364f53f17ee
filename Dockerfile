# One image that holds vitals and mock-services; docker-compose.yml puts them together.

FROM rust:1.95-bookworm AS build
# npm gives the prebuilt DuckDB library; without it the build works too, and takes half an hour longer
RUN apt-get update && apt-get install --yes --no-install-recommends npm && rm -rf /var/lib/apt/lists/*
ENV CARGO_TARGET_DIR=/target
WORKDIR /src
COPY . .
RUN cargo xtask build --release \
    && mkdir /programs \
    && cp /target/release/vitals /target/release/mock-services /programs/ \
    && { cp /target/release/libduckdb.so /programs/ || true; }

FROM debian:bookworm-slim
# libduckdb.so is C++, and is looked for beside the program
RUN apt-get update && apt-get install --yes --no-install-recommends libstdc++6 && rm -rf /var/lib/apt/lists/*
COPY --from=build /programs/ /opt/vitals/
ENV PATH=/opt/vitals:$PATH
# the default data folder is data/vitals below the working folder, so no command needs --data; new volumes mounted
# there and on tokens take over their owner
WORKDIR /srv/vitals
RUN useradd --system --uid 3500 vitals && mkdir -p data/vitals tokens && chown -R vitals data tokens
USER vitals
EXPOSE 3500/udp 3501/tcp
CMD ["vitals", "serve"]
