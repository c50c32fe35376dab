// Package archtest answers one question: does the tree still keep the rules
// that no compiler checks? It holds tests only.
//
//	rooms_test.go       who may import whom; who may make a scope; no cgo
//	docs_test.go        every package and every exported name has a comment
//	size_test.go        budgets of files, functions and packages
//	habits_test.go      clock, logger and environment are passed in; no init, no skipped test
//	deps_test.go        every module we import has a reason and an ADR line
//	text_test.go        tracked files speak only of the project
//	status_test.go      docs/status.md speaks of every function of the design
//	publishers_test.go  docs/publishers.md says what the table of publishers says
//
// Each rule is a table with a reason per line. An exception is a line in the
// table of its rule, and an exception that is no longer needed fails the test.
// The tests parse the source tree once (some hundred milliseconds), build
// nothing, and need no network.
package archtest
