# The frontend image, which `#syntax=cmdjulian/mopy` refers to: docker build -t cmdjulian/mopy .
# With --platform linux/386,linux/amd64,linux/arm/v6,linux/arm/v7,linux/arm64, or some of these, it is cross-compiled,
# without emulation.
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS build
ARG BUILDARCH
# Rust in trixie is too old, so the backports are added
RUN --mount=type=cache,id=apt-cache-trixie-$BUILDARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-trixie-$BUILDARCH,target=/var/lib/apt/lists,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean \
 && sed -i -E '/^Suites: trixie( |$)/s/$/ trixie-backports/' /etc/apt/sources.list.d/debian.sources \
 && apt-get update \
 && apt-get install --yes --no-install-recommends --target-release trixie-backports ca-certificates cargo gcc libc6-dev rust-src rustc
ARG TARGETARCH
ARG TARGETVARIANT
# the linker for the platform, and the platform's names in Rust and Debian
RUN --mount=type=cache,id=apt-cache-trixie-$BUILDARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-trixie-$BUILDARCH,target=/var/lib/apt/lists,sharing=locked \
    case "$TARGETARCH$TARGETVARIANT" in \
        386) rust=i686-unknown-linux-gnu gnu=i686-linux-gnu debian=i386 ;; \
        amd64) rust=x86_64-unknown-linux-gnu gnu=x86_64-linux-gnu debian=amd64 ;; \
        armv6) rust=arm-unknown-linux-gnueabi gnu=arm-linux-gnueabi debian=armel ;; \
        armv7) rust=armv7-unknown-linux-gnueabihf gnu=arm-linux-gnueabihf debian=armhf ;; \
        arm64) rust=aarch64-unknown-linux-gnu gnu=aarch64-linux-gnu debian=arm64 ;; \
        *) echo "no frontend for $TARGETARCH$TARGETVARIANT" >&2; exit 1 ;; \
    esac \
 && echo "$rust" > /rust \
 && echo "$gnu-gcc" > /linker \
 && apt-get update \
 && apt-get install --yes --no-install-recommends "gcc-$(echo "$gnu" | tr _ -)" "libc6-dev-$debian-cross"
WORKDIR /src
COPY . .
# The standard library is also compiled, because Debian packages it only for some platforms. The binary is static and
# not relocatable, which is smaller; the container has no other code to attack it with. A panic aborts the process, so
# unwinding is not needed, and backtraces would have no function names. Cargo compares modification times, and the cache
# may come from another checkout with newer files.
RUN --mount=type=cache,id=mopy-cargo,target=/root/.cargo \
    --mount=type=cache,id=mopy-target-$TARGETARCH$TARGETVARIANT,target=/target,sharing=locked \
    rust=$(cat /rust) \
 && find src templates -type f -exec touch {} + \
 && export RUSTC_BOOTSTRAP=1 RUSTFLAGS="-C linker=$(cat /linker) -C target-feature=+crt-static -C relocation-model=static -C force-unwind-tables=no" \
 && cargo build --locked --release --bin mopy -Z build-std=std,panic_abort -Z build-std-features=optimize_for_size --target "$rust" --target-dir /target \
 && cp "/target/$rust/release/mopy" /mopy

FROM scratch
# BuildKit refuses capabilities that a frontend does not declare; this one does not need the network
LABEL moby.buildkit.frontend.network.none="true" \
      moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring" \
      org.opencontainers.image.title="mopy" \
      org.opencontainers.image.description="A BuildKit frontend that turns a short YAML file into a best-practice container image for Python" \
      org.opencontainers.image.source="https://github.com/cmdjulian/mopy" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /mopy /mopy
# without arguments (started by BuildKit), it is the frontend; with arguments, the command line
ENTRYPOINT ["/mopy"]
