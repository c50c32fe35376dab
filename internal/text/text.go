// Package text answers "are these two the same word?" and "is this safe to
// show?" for text in any script, Japanese first.
//
// In goes text of strangers: any bytes. Out comes the key under which a word
// is stored and searched ([Fold]), the form in which it may be written to a
// terminal or a log ([Printable]), and the columns it takes there ([Width]).
//
// Everything is linear in the input, pure, and safe for concurrent use. What
// is not here: languages, segmentation into words, romanisation ("Mirai" and
// "ミライ" are made one by the alias table of tags, not by spelling).
package text
