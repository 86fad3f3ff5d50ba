# The server and its runtime dependencies, run by an unprivileged user. See docs/operating.md for its settings.
FROM python:3.13.15-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS build
WORKDIR /drawbridge
RUN python -m venv .venv
COPY requirements/run.txt requirements/run.txt
RUN .venv/bin/python -m pip install --quiet --require-hashes -r requirements/run.txt

# The assets of the pages, built in a separate stage so that the image does not contain npm.
FROM build AS pages
COPY requirements/npm.txt requirements/npm.txt
RUN .venv/bin/python -m pip install --quiet --require-hashes -r requirements/npm.txt
COPY console/package.json console/package-lock.json console/
COPY graphiql/package.json graphiql/package-lock.json graphiql/
RUN for page in console graphiql; do .venv/bin/npm ci --prefix $page --silent --ignore-scripts --no-audit --no-fund || exit 1; done
# Only the bundle of GraphiQL is served.
RUN cd graphiql/node_modules && mkdir /bundle && cp -r graphiql graphql graphql-ws react react-dom /bundle

FROM python:3.13.15-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b
WORKDIR /drawbridge
# Numeric, because Kubernetes' runAsNonRoot cannot verify user names.
RUN install -d -m 700 -o 10001 -g 10001 /data
COPY --from=build /drawbridge/.venv .venv
COPY *.py LICENSE ./
COPY adapters adapters
COPY console console
COPY graphiql graphiql
COPY --from=pages /drawbridge/console/node_modules console/node_modules
COPY --from=pages /bundle graphiql/node_modules
COPY kit kit
COPY models models
COPY resolvers resolvers
COPY sandbox sandbox
COPY schema schema
COPY settings settings
COPY startup startup
COPY telemetry telemetry
COPY web web
ENV PATH=/drawbridge/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
ENV DRAWBRIDGE_ENV=production DRAWBRIDGE_HOST=0.0.0.0 DRAWBRIDGE_PORT=8000 DRAWBRIDGE_DATA_DIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", "import http.client, os, sys; server = http.client.HTTPConnection('127.0.0.1', int(os.environ['DRAWBRIDGE_PORT']), timeout=4); server.request('GET', '/readyz'); sys.exit(server.getresponse().status != 200)"]
CMD ["python", "server.py"]
