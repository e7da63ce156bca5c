/** Other programs on the same kind of machine (2 cores, medians of 3), measured by us. */
export const PEERS: readonly {
  readonly name: string;
  readonly version: string;
  readonly figures: string;
}[] = [
  {
    name: "Gofer",
    version: "0.9.1",
    figures: "containers 4.6–5.0/s; one run 419 ms; chain of 10 4.6 s; idle 30 MB",
  },
  {
    name: "Tork",
    version: "0.1.153",
    figures:
      "processes 75 runs/s; one run 39 ms; chain of 10 221 ms; containers 3.7/s; idle 19 MB " +
      "and Postgres 102 MB",
  },
  {
    name: "Dagu",
    version: "1.30.2",
    figures:
      "processes 29 runs/s over REST (4 of 200 failed); CLI 37 ms; queue 13/s (default queue " +
      "0.36/s); chain of 10 75 ms; idle 40 MB",
  },
  {
    name: "Dagu",
    version: "main (59d92fc)",
    figures: "15 runs/s; CLI 103 ms; queue 4.4/s with 7 of 100 never finished; idle 92 MB",
  },
  {
    name: "Restate",
    version: "1.7.12",
    figures: "632 no-op invocations/s; idle 268 MB and service 76 MB",
  },
  { name: "openworkflow", version: "0.10.1", figures: "97 no-op workflows/s on SQLite" },
];

/** The day they were measured. */
export const PEERS_DATE = "2026-11-23";
