# The image of the frontend, which `#syntax=cmdjulian/mopy` names: docker build -t cmdjulian/mopy .
FROM debian:trixie-slim AS build
ARG TARGETARCH
# trixie's own Rust is too old; the suite is added to the mirror that the image has
RUN --mount=type=cache,id=apt-cache-trixie-$TARGETARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-trixie-$TARGETARCH,target=/var/lib/apt/lists,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean \
 && sed -i -E '/^Suites: trixie( |$)/s/$/ trixie-backports/' /etc/apt/sources.list.d/debian.sources \
 && apt-get update \
 && apt-get install --yes --no-install-recommends --target-release trixie-backports ca-certificates cargo gcc libc6-dev rustc
WORKDIR /src
COPY . .
# static, and at a fixed address: smaller, and there is nothing in the container to attack it from
RUN --mount=type=cache,id=mopy-cargo,target=/root/.cargo,sharing=locked \
    --mount=type=cache,id=mopy-target-$TARGETARCH,target=/target,sharing=locked \
    host=$(rustc --version --verbose | sed -n 's/^host: //p') \
 && RUSTFLAGS='-C target-feature=+crt-static -C relocation-model=static' \
    cargo build --locked --release --bin mopy --target "$host" --target-dir /target \
 && cp "/target/$host/release/mopy" /mopy

FROM scratch
# BuildKit refuses what a frontend does not say it can do; ours needs no network of its own
LABEL moby.buildkit.frontend.network.none="true" \
      moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring"
COPY --from=build /mopy /mopy
ENTRYPOINT ["/mopy", "frontend"]
