// Package darknet notices that a malware activity has begun. It answers "which
// sources began to act together against which ports, and why do you say so?"
// from what arrives at addresses that nobody uses.
//
// In go packets or the records of the darknet publisher. A [Builder] counts
// them into a [Window]: cells of source, port, protocol and tool with a count
// for each bin of time. Each [Engine] takes windows in order of time and
// returns an [Alert] where something is not as it was; a [Merger] makes one
// [Activity] of the alerts of all engines and windows that mean the same.
//
// Everything but the adapter to the hub is pure: no clock, no log, randomness
// from a seed. The same windows give the same alerts on one architecture,
// whatever GOMAXPROCS is. Memory is bounded: tables are capped, and what did
// not fit is counted and shown ([Flood]). Engines are for one goroutine each.
package darknet
