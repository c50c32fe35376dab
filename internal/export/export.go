// Package export writes what a view answered in formats of other programs, one
// file a format.
//
// In go results that an access.View has bounded and filtered; out come bytes.
// Nothing is asked, decided or kept here. Texts of strangers are written so
// that the program which opens the file does not run them.
package export
