// Package smoke asks: does the binary do its main job on real files? Its test
// publishes two honeypot logs and two feeds with the command line, compares
// the links of the hub with overlaps counted from the raw files by other code,
// opens addresses that both feeds hold, kills the hub with SIGKILL, starts it
// again, and wants the same answers.
//
// The test stands behind the build tag "eval" ("make eval-smoke") and reads
// the folder that CUREDATA names. It takes about a minute and some hundred
// megabytes of memory. There is nothing else in the package.
package smoke
