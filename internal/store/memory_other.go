//go:build !linux

package store

import "unsafe"

// mappable is false where arenas live on the Go heap; memory then never calls
// the functions below.
const mappable = false

func mapPages(int, bool) unsafe.Pointer { panic("store: no mapped memory on this system") }
func unmapPages(unsafe.Pointer, int)    { panic("store: no mapped memory on this system") }
func adviseHuge(unsafe.Pointer, int)    {}
func emptyPages(unsafe.Pointer, int)    { panic("store: no mapped memory on this system") }
func populatePages(unsafe.Pointer, int) { panic("store: no mapped memory on this system") }
