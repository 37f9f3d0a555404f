# The worker on this computer, in the runtime of Cloudflare Workers: `npm start` makes dist/worker.js and serves it.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "dist/worker.js")],
      # From this day on a request may wait for what another began. No compatibility flag: nothing of Node's.
      compatibilityDate = "2024-10-14",
      bindings = [
        (name = "ISSUER", fromEnvironment = "ISSUER"),
        (name = "MASTER_KEY", fromEnvironment = "MASTER_KEY"),
        (name = "RESOURCE", fromEnvironment = "RESOURCE"),
        (name = "RESOURCE_SERVER_SECRET", fromEnvironment = "RESOURCE_SERVER_SECRET"),
        (name = "PERSON_NAME", fromEnvironment = "PERSON_NAME"),
        (name = "PERSON_PASSWORD", fromEnvironment = "PERSON_PASSWORD"),
        (name = "OPTIONS", fromEnvironment = "OPTIONS"),
      ],
    )),
    # Loopback as well, for assertion issuers that are tried out on this computer.
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8811", http = (), service = "main")],
);
