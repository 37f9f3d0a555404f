/** A PostgreSQL server of a test's own, from the programs that `apt-get install postgresql` brings. */
export { type Cluster, startCluster } from '../../packages/storage/src/postgres/testing/cluster.js';
