# Tidegate as a container:
#
#   docker build -t tidegate .
#   docker run --init -d --name tidegate --publish 8080:8080 --volume tidegate:/var/lib/tidegate tidegate
#
# The server runs as the image's user "node", never as root, and so does the embedded PostgreSQL that it starts when there
# is no PG_URL. --init gives the container a first process that collects what the database's processes leave behind.
# Everything it keeps is in the volume: the embedded store and the generated key; with PG_URL and TIDEGATE_SECRET_KEY
# nothing is kept there. The base has glibc, which the embedded PostgreSQL needs (an Alpine image does not).

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY bench/package.json bench/
COPY contract/package.json contract/
COPY e2e/package.json e2e/
COPY server/package.json server/
COPY sql-analysis/package.json sql-analysis/
COPY test-servers/package.json test-servers/
COPY web/package.json web/

FROM packages AS web
RUN npm ci --ignore-scripts
COPY tsconfig.base.json ./
COPY contract contract
COPY sql-analysis sql-analysis
COPY web web
RUN npm run build --workspace web

FROM packages
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 TIDEGATE_DATA=/var/lib/tidegate
RUN npm ci --omit=dev --workspace server --workspace contract --workspace sql-analysis \
  && npm cache clean --force \
  && install -d -o node -g node -m 700 /var/lib/tidegate
COPY contract contract
COPY sql-analysis sql-analysis
COPY server server
COPY --from=web /app/web/dist web/dist
USER node
VOLUME /var/lib/tidegate
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=16", "server/src/main/main.ts"]
