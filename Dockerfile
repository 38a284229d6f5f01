# The image that `#syntax=cmdjulian/mopy` names: docker build -t cmdjulian/mopy .
FROM debian:trixie-slim AS build

# trixie's own Rust is older than what the crates need
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    sed -i 's/^Suites: trixie\( trixie-updates\)\?$/& trixie-backports/' /etc/apt/sources.list.d/debian.sources && \
    apt-get update && \
    apt-get install --yes --no-install-recommends --target-release trixie-backports \
        ca-certificates cargo gcc libc6-dev rustc

WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.cargo/registry \
    --mount=type=cache,target=/src/target \
    RUSTFLAGS="-C target-feature=+crt-static" \
    cargo build --release --locked --target "$(rustc --print host-tuple)" && \
    install -D "target/$(rustc --print host-tuple)/release/mopy" /out/mopy

FROM scratch
LABEL moby.buildkit.frontend.network.none="true" \
      moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring"
COPY --from=build /out/mopy /mopy
ENTRYPOINT ["/mopy", "frontend"]
