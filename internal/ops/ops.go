// Package ops answers the questions of whoever runs a hub: what runs here, is
// the machine fit for it, what does it say, and where does its time go.
//
// [NewLogger] makes the one logger that is handed down. [ReadVersion] says
// which build this is. [Machine] reads memory, disk and kernel settings, and
// [Machine.Check] judges them for "cure status". [ServePprof] opens Go's
// profiler on loopback. Nothing here keeps state or changes the machine; every
// call reads a few small files at most, and all may be used concurrently.
// Linux is read in full; elsewhere, what cannot be read is left out.
package ops
