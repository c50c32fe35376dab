// Package losstest asks: does anything acknowledged get lost, or counted
// twice, when processes are killed? Its tests build the real binary, run a hub
// and publishers as processes, kill them with SIGKILL at random moments and at
// named points (inside a snapshot's rename, a merge, a write to the log), and
// compare the digest of the hub with that of an uninterrupted run. A second
// test traces the system calls of a hub and shows that every acknowledgement
// comes after a completed sync.
//
// The tests stand behind the build tag "loss" ("make loss"); the traced run
// needs strace. There is nothing else in the package.
package losstest
