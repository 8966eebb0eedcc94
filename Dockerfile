# One image for the API, the worker and the CLI. Temporal is not in it: docker-compose.yml brings it, or a cluster.
FROM node:24.21.0-bookworm-slim AS dashboard
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN node dashboard/build.ts

FROM node:24.21.0-bookworm-slim

# Certificates for TLS to Temporal Cloud and to model providers. Programs that your commands need go here, too.
RUN apt-get update \
  && apt-get install -y --no-install-recommends bubblewrap ca-certificates git socat \
  && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY package.json package-lock.json ./
# the dashboard comes from the stage above
# Temporal's native part comes for five platforms, about 28 MB each
RUN npm pkg delete scripts.prepare && npm ci --omit=dev && npm cache clean --force \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
    ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} +
COPY . .
COPY --from=dashboard /app/dashboard/dist dashboard/dist
RUN ln -s /app/cli/bin.ts /usr/local/bin/orchestrator && install -d -o node -g node /data

ENV ORCHESTRATOR_DATA_DIR=/data
USER node
VOLUME /data
EXPOSE 8080
# The worker is the same image with `node worker/main.ts`.
CMD ["node", "api/main.ts"]
