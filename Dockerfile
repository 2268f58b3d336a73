# The interface: hashed files with .br and .gz beside them.
FROM node:22-slim AS interface
WORKDIR /build/static
COPY static/package.json static/package-lock.json static/.npmrc ./
RUN npm ci --no-progress
COPY static/ ./
RUN npm run build

# The wheel that carries it, installed with what it needs into a folder of its own. EXTRAS=llm adds what a language model needs.
FROM python:3.13-slim AS package
ARG EXTRAS=
WORKDIR /build
COPY pyproject.toml setup.cfg README.md LICENSE ./
COPY templates/ templates/
COPY server/ server/
COPY --from=interface /build/static/dist static/dist
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
    && python -m venv --without-pip /opt/pilothouse \
    && pip --python /opt/pilothouse/bin/python install --no-cache-dir "$(echo /wheels/*.whl)${EXTRAS:+[$EXTRAS]}"

FROM python:3.13-slim AS console
LABEL org.opencontainers.image.title="Pilothouse" \
      org.opencontainers.image.description="The one room from which you run a Docker host" \
      org.opencontainers.image.licenses="Apache-2.0"
# Nothing is installed here any more, by nobody.
RUN pip uninstall --yes --quiet --root-user-action ignore pip \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin pilothouse \
    && install --directory --owner 10001 --group 10001 --mode 0750 /data
COPY --from=package /opt/pilothouse /opt/pilothouse
ENV PATH=/opt/pilothouse/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PILOTHOUSE_HOST=0.0.0.0 \
    PILOTHOUSE_DATA=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8100
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
    CMD ["python", "-IS", "-c", "import http.client as h, os, ssl; e = os.environ.get; a = ('127.0.0.1', int(e('PILOTHOUSE_PORT') or 8100)); c = h.HTTPSConnection(*a, timeout=4, context=ssl._create_unverified_context()) if e('PILOTHOUSE_TLS_CERT') else h.HTTPConnection(*a, timeout=4); c.request('GET', '/health/live'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["pilothouse", "serve"]

# The Claude Code command line, for the target below alone: its licence is not an open one. docs/agents.md has more.
FROM node:22-slim AS claude
ARG CLAUDE_CODE=2.1.197
WORKDIR /build
RUN npm install --no-progress --ignore-scripts --no-audit --no-fund "@anthropic-ai/claude-code@$CLAUDE_CODE" \
    && install -D --mode 0755 node_modules/@anthropic-ai/claude-code-linux-*/claude /claude/bin/claude

# docker build --target agent: the console, the command line, and just what it takes to run that as a user of its own.
FROM console AS agent
USER root
COPY --from=claude /claude/bin/claude /usr/local/bin/claude
# Two capabilities in one file that only the console's group may run: what `setcap cap_setgid,cap_setuid+ep` writes.
RUN useradd --uid 10002 --user-group --no-create-home --home-dir /var/lib/pilothouse-agent --shell /usr/sbin/nologin agent \
    && install --directory --owner 10002 --group 10002 --mode 0700 /var/lib/pilothouse-agent \
    && install -D --owner 0 --group 10001 --mode 0750 /usr/bin/setpriv /usr/local/libexec/pilothouse/setpriv \
    && python -c "import os, struct; os.setxattr('/usr/local/libexec/pilothouse/setpriv', 'security.capability', struct.pack('<5I', 0x02000001, 1 << 6 | 1 << 7, 0, 0, 0))"
ENV PILOTHOUSE_CLAUDE=/usr/local/bin/claude \
    PILOTHOUSE_CLAUDE_USER=agent \
    PILOTHOUSE_CLAUDE_LAUNCHER=/usr/local/libexec/pilothouse/setpriv
USER 10001:10001
VOLUME /var/lib/pilothouse-agent

# What is built when nothing is asked for: the console alone.
FROM console
