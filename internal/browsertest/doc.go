// Package browsertest asks: do the pages work in a real browser? Its tests run
// with the build tag "browser" (.ci/browser): they need the built pages (make
// web) and a Chromium.
//
// In go the command itself with the demo's story and with stories of hostile
// strings, out come failures, and pictures of every page in tmp/screens at the
// root of the tree. Everything stays on loopback: a request that leaves the hub
// fails the test. It takes some minutes, most of them Chromium's.
package browsertest
