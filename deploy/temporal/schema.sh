#!/bin/sh
# Makes or updates the two databases of Temporal. Address and user are in SQL_*; safe to run again.
set -eu

schema=${SCHEMA_DIR:-/etc/temporal/schema/postgresql/v12}

for pair in temporal:temporal temporal_visibility:visibility; do
  database=${pair%%:*}
  temporal-sql-tool --db "$database" create
  temporal-sql-tool --db "$database" setup-schema -v 0.0
  temporal-sql-tool --db "$database" update-schema -d "$schema/${pair##*:}/versioned"
done
