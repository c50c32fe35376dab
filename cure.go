// Package cure is the vocabulary of OpenCURE: the words in which publishers
// report what they saw and in which the hub answers.
//
// Publishers push [Record]s: what one raw record of a source says, as
// [Observation]s, [Annotation]s, [Document]s, [Enrichment]s, [Detection]s,
// [Case]s and [Control]s about [Observable]s, under a [Marking]. Readers hold
// a [Scope], without which no store or hub can be read.
//
// The package imports the standard library only, keeps no state, starts no
// goroutine and reads no clock. Parsing of text from outside (defanged forms,
// IDN, guessing what a word is) is internal/ioc's; here are only the canonical
// forms and the checks that something is in canonical form.
package cure
