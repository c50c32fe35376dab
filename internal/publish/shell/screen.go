package shell

import (
	"unicode/utf8"
)

// Limits of what is kept of a terminal.
const (
	maxLine   = 4096 // characters of a line; more are left out
	maxEscape = 4096 // bytes of a text that the terminal is told, as its title
	maxWidth  = 1000 // columns
	maxJump   = 200  // columns that an escape moves by, where the margin is not known
)

// screen puts lines together as a terminal shows them: what was typed is echoed
// by the shell, corrected with backspaces and escapes, and wrapped at the margin.
// It knows one line, which may fill several rows; what moves the cursor
// elsewhere leaves that line. After ECMA-48 and what xterm makes of it.
type screen struct {
	width int // columns, 0: unknown
	line  []rune
	pos   int
	full  bool // the last column was written, and the cursor waits there
	wrap  bool // of unknown width: a blank and a return, which may be a margin
	out   func(line []rune)
	seen  bool // there was something to see

	state  state
	params []byte // of an escape sequence
	told   int    // bytes of a text for the terminal
	part   []byte // of a character of several bytes
}

type state uint8

const (
	ground state = iota
	escape
	charset
	control
	text
	textEscape
)

// write shows bytes.
func (s *screen) write(b []byte) {
	for _, c := range b {
		s.byte(c)
	}
}

func (s *screen) byte(c byte) {
	switch s.state {
	case escape:
		s.escaped(c)
		return
	case charset:
		s.state = ground
		return
	case control:
		s.controlled(c)
		return
	case text, textEscape: // a title: ends with BEL or ESC \, and no later than the line
		s.told++
		switch {
		case c == '\a', s.state == textEscape && c == '\\', s.told > maxEscape:
			s.state = ground
		case c == '\n':
			s.state = ground
			s.newline()
		case c == 0x1b:
			s.state = textEscape
		default:
			s.state = text
		}
		return
	}
	if c >= 0x80 || len(s.part) > 0 {
		s.several(c)
		return
	}
	if c >= ' ' && c != 0x7f {
		s.put(rune(c))
		return
	}
	s.sign(c)
}

// sign does what a control character says.
func (s *screen) sign(c byte) {
	switch c {
	case 0x1b:
		s.state = escape
	case '\n', '\v', '\f':
		s.newline()
	case '\r':
		n := len(s.line)
		s.wrap = s.width == 0 && s.pos == n && n > 20 && s.line[n-1] == ' ' && s.line[n-2] != ' '
		if !s.wrap {
			s.pos, s.full = s.row(), false
		}
	case '\b':
		s.pos, s.full = max(s.pos-1, 0), false
	case '\t':
		for n := 8 - (s.pos-s.row())%8; n > 0; n-- {
			s.put(' ')
		}
	}
}

// several puts characters of several bytes together; broken ones are U+FFFD.
func (s *screen) several(c byte) {
	s.part = append(s.part, c)
	for len(s.part) > 0 && (utf8.FullRune(s.part) || len(s.part) == utf8.UTFMax) {
		r, n := utf8.DecodeRune(s.part)
		if rest := s.part[n:]; r == utf8.RuneError && n == 1 && len(rest) > 0 { // what follows stands for itself
			next := rest[len(rest)-1]
			s.put(r)
			s.part = s.part[:0]
			if next < 0x80 {
				s.byte(next)
			} else {
				s.part = append(s.part, next)
			}
			continue
		}
		s.put(r)
		s.part = s.part[:0]
	}
}

// row returns where the row of the cursor begins.
func (s *screen) row() int {
	if s.width == 0 {
		return 0
	}
	at := s.pos
	if s.full {
		at--
	}
	return at / s.width * s.width
}

func (s *screen) put(r rune) {
	if s.wrap { // a margin: the blank was not typed
		s.wrap = false
		s.line = s.line[:len(s.line)-1]
		s.pos = len(s.line)
	}
	if s.pos >= maxLine {
		return
	}
	for len(s.line) < s.pos {
		s.line = append(s.line, ' ')
	}
	if s.pos == len(s.line) {
		s.line = append(s.line, r)
	} else {
		s.line[s.pos] = r
	}
	s.seen = true
	s.pos++
	s.full = s.width > 0 && s.pos%s.width == 0
}

func (s *screen) newline() {
	s.out(s.line)
	s.leave()
}

// leave begins another line without a word on the present one.
func (s *screen) leave() { s.line, s.pos, s.full, s.wrap = s.line[:0], 0, false, false }

func (s *screen) escaped(c byte) {
	s.state = ground
	switch c {
	case '[':
		s.state, s.params = control, s.params[:0]
	case ']', 'P', 'X', '^', '_':
		s.state, s.told = text, 0
	case '(', ')', '*', '+', '#', '%', ' ':
		s.state = charset
	case 'E': // next line
		s.newline()
	case 'c': // reset
		s.leave()
	case '\n':
		s.newline()
	}
}

// controlled reads an escape sequence up to the letter that says what it does.
func (s *screen) controlled(c byte) {
	switch {
	case c >= 0x40 && c <= 0x7e:
		s.state = ground
		s.do(c)
	case c == '\n':
		s.state = ground
		s.newline()
	case c < ' ' || c > 0x7e || len(s.params) > 64:
		s.state = ground
	default:
		s.params = append(s.params, c)
	}
}

// number returns the first parameter, def where there is none; at most maxLine.
func (s *screen) number(def int) int {
	n, any := 0, false
	for _, c := range s.params {
		if c < '0' || c > '9' {
			break
		}
		n, any = min(n*10+int(c-'0'), maxLine), true
	}
	if !any || n == 0 && def == 1 {
		return def
	}
	return n
}

// do does what an escape sequence says.
func (s *screen) do(c byte) {
	if len(s.params) > 0 && s.params[0] > '9' { // private modes
		return
	}
	end, margin := len(s.line), max(len(s.line), maxJump)
	if s.width > 0 {
		margin = s.row() + s.width
		end = min(margin, end)
	}
	s.wrap = false
	switch n := s.number(1); c {
	case 'C':
		s.pos, s.full = min(s.pos+n, max(margin-1, s.pos), maxLine), false
	case 'D':
		s.pos, s.full = max(s.pos-n, 0), false
	case 'G', '`':
		s.pos, s.full = min(s.row()+n-1, margin-1, maxLine), false
	case 'A':
		s.pos, s.full = max(s.pos-n*s.width, 0), false
	case 'B':
		s.pos, s.full = min(s.pos+n*s.width, len(s.line)), false
	case 'H', 'f', 'd':
		s.leave()
	case 'K':
		s.erase(s.number(0), end)
	case 'J':
		if s.number(0) == 0 {
			s.erase(0, len(s.line))
		} else {
			s.leave()
		}
	case 'P':
		if s.pos < end {
			s.line = append(s.line[:s.pos], s.line[min(s.pos+n, end):]...)
		}
	case '@':
		s.insert(min(n, maxJump))
	case 'X':
		for i := s.pos; i < min(s.pos+n, len(s.line)); i++ {
			s.line[i] = ' '
		}
	}
}

// erase erases in the line: 0 from the cursor up to end, 1 up to the cursor, 2
// all of the row.
func (s *screen) erase(what, end int) {
	from := s.pos
	if what > 0 {
		from = s.row()
	}
	if what == 1 {
		end = min(s.pos+1, len(s.line))
	}
	if from >= len(s.line) {
		return
	}
	if end == len(s.line) && what != 1 {
		s.line = s.line[:from]
		return
	}
	for i := from; i < end; i++ {
		s.line[i] = ' '
	}
}

// insert makes room for n characters.
func (s *screen) insert(n int) {
	if s.pos >= len(s.line) {
		return
	}
	old := len(s.line)
	n = min(n, maxLine-old)
	for range n {
		s.line = append(s.line, ' ')
	}
	copy(s.line[s.pos+max(n, 0):], s.line[s.pos:old])
	for i := s.pos; i < s.pos+n; i++ {
		s.line[i] = ' '
	}
}
