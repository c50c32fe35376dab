// Package fault lets a test kill the process at a named point: in the middle
// of a snapshot's rename, of a merge, of a spool write. In ordinary builds
// [Point] is empty and costs nothing; with the build tag "fault" the process
// kills itself with SIGKILL when it passes the point that CURE_FAULT names
// ("snapshot.rename:2": the second time). Nothing is flushed and no deferred
// call runs, as in a real kill.
package fault
