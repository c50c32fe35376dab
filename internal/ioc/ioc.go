// Package ioc answers "which thing does this writing mean?": one observable
// for every spelling of it, and all observables of a running text.
//
// In go words of strangers, as reports, mails, log lines and users write them:
// English and Japanese without spaces, defanged, full width, in any case. Out
// come canonical [cure.Observable]s that pass their Check.
//
//   - [Canonical] reads a value whose kind is known (a column of a feed),
//   - [Classify] guesses the kind of one word (the search box),
//   - [Find] takes a text apart (a report, a ticket, a post).
//
// Everything is pure, linear in the input, bounded in memory and safe for
// concurrent use. Nothing is looked up or fetched. What is not here: whether a
// value is hostile, and names of malware and actors (tags of running text).
package ioc
