// Package mean holds the publishers of the meaning layer: what things are
// called, who uses them and what texts say about observables. One file per
// publisher, and beside it what only that publisher needs; the table of all is
// package publish/table.
//
// # What is said
//
// A tag is "kind:name" (malware:cobalt strike, tool:mimikatz, group:apt28,
// campaign:operation dream job), or "catalogue:number" where names are not
// unique (attack:t1110.001, attack:ta0006, attack:m1036, capec:87, cwe:79). All
// that is known of it is said by annotations, with the plain means of
// cure.Annotation:
//
//	relation alias  subject and tag are names of one thing:
//	                attack:g0007 - group:apt28 - apt28 - group:fancy bear - fancy bear
//	relation uses   subject (group, campaign, malware, tool) uses the tag
//	no relation     subject carries the tag: a technique its tactic, its parent
//	                and its mitigations, a campaign its group, an attack pattern
//	                of CAPEC its technique and weakness, an observable the
//	                keyword of the document that it stands in
//
// The native relation ("subtechnique-of", "attributed-to", "mitigates" …) is
// the attribute "relation" of the record. Evidence is the sentence of the
// annotation; the document is the page or report it is taken from, in the same
// record. Confidence of a name says how it was meant: 100 for what the
// catalogue calls it, 90 for another name. A name that two things claim, or
// that is a word of any text, is no alias (it would make two things one); it
// carries both tags with confidence 40.
//
// Decoders are pure, bounded and keep nothing of a record. Nothing here opens
// a connection: what the references of a catalogue say is read from documents
// that somebody has stored ([ImportReferences]).
package mean
