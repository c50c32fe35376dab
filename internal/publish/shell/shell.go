// Package shell answers "what was typed?" of recordings of terminals and of the
// histories that shells keep. In goes what one recording holds, out come its
// commands, each with its time, as far as the form has times.
//
// Recordings of output are read as a terminal would show them ([screen]): lines
// are put together from echo, corrections and escapes, and those behind a prompt
// are commands. All of it was written under the eyes of an attacker, who may
// write escapes, prompts and times himself: nothing is believed but how bytes
// are cut. A line has at most [maxLine] characters, and an escape costs at most
// one line: a second for four million bytes of nothing else. Who and where is taken from the head of a recording or
// its first prompt, which stand there before anybody typed.
//
// Cost: a few times the size of the recording in memory, which the caller
// bounds. No state, safe for concurrent use.
package shell

import (
	"bytes"
	"errors"
	"time"
)

// Form is how a recording is written.
type Form uint8

// The forms.
const (
	None       Form = iota
	Cast            // asciinema, versions 2 and 3: a head, then events, as lines of JSON
	Typescript      // util-linux and BSD script
	Transcript      // PowerShell's Start-Transcript
	TTYRec          // ttyrec: frames of output
	TTYLog          // User-mode Linux, as kippo and cowrie write it
	TLog            // tlog: messages of JSON, of one or several recordings
	Bash            // history of bash, with times
	Zsh             // extended history of zsh
	Fish            // history of fish
	Timing          // times of a typescript, which are nothing without it
	oldCast         // asciinema, version 1, which has no time
)

// Command is what was typed and sent.
type Command struct {
	Text  string
	Time  time.Time // zero: not said
	Local string    // instead of Time, a time without zone: 2006-01-02T15:04:05
	Host  string    // as the recording says it, "" where it does not
	User  string
}

// The reasons for which a recording is refused.
var (
	errNoTime    = errors.New("recording without a time: its head says when it began only as \"timestamp\", which must be there")
	errOldCast   = errors.New("asciinema version 1 does not say when it was recorded: record with version 2 or 3")
	errTiming    = errors.New("these are the times of a typescript: give the typescript, with these beside it under its name and .timing")
	errCut       = errors.New("recording is broken or cut")
	errNoCommand = errors.New("no command found in the recording: no line begins with a prompt (user@host:~$, [user@host dir]#, sh-5.1$, PS C:\\>)")
)

// headLength is what [Of] looks at.
const headLength = 4 << 10

// Of tells the form of a recording by its first bytes, of which 4 KiB count;
// None is what is no recording.
func Of(head []byte) Form {
	head = bytes.TrimPrefix(head[:min(len(head), headLength)], []byte("\xef\xbb\xbf"))
	if len(head) == 0 {
		return None
	}
	switch head[0] {
	case '{':
		return ofJSON(head)
	case '#':
		if isStamp(head) {
			return Bash
		}
	case ':':
		if isZsh(head) {
			return Zsh
		}
	case '-':
		if bytes.HasPrefix(head, []byte("- cmd: ")) {
			return Fish
		}
	case 'S':
		if bytes.HasPrefix(head, startedOn) {
			return Typescript
		}
	case '*':
		if isTranscript(head) {
			return Transcript
		}
	}
	switch {
	case isTTYLog(head):
		return TTYLog
	case isTTYRec(head):
		return TTYRec
	case isTiming(head):
		return Timing
	}
	return None
}

// Whole reports whether recordings of the form can only be read as a whole. A
// history is a record a command, see [Begins].
func (f Form) Whole() bool { return f != None && f != Bash && f != Zsh && f != Fish }

// Begins reports whether a line begins a command of a history; further lines
// belong to it.
func Begins(line []byte) bool {
	return len(line) > 0 && (isStamp(line) || isZsh(line) || bytes.HasPrefix(line, []byte("- cmd: ")))
}

// Read calls say for each command of a recording, in order. times are those of
// a typescript, nil where there are none. What was said before an error counts.
func Read(form Form, raw, times []byte, say func(Command)) error {
	r := &reader{say: say}
	var err error
	switch form {
	case Cast:
		err = r.cast(raw)
	case Typescript:
		err = r.typescript(raw, times)
	case Transcript:
		err = r.transcript(raw)
	case TTYRec:
		err = r.ttyrec(raw)
	case TTYLog:
		err = r.ttylog(raw)
	case TLog:
		return readTLog(raw, say)
	case Bash, Zsh, Fish:
		return r.history(form, raw)
	case oldCast:
		return errOldCast
	case Timing:
		return errTiming
	default:
		return errCut
	}
	return r.finish(err)
}
