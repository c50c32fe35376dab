package scenario

import (
	"bytes"
	"fmt"
	"time"

	"github.com/opencure/cure"
)

// The mail servers that notice forged senders.
const (
	spamHinata cure.Source = "spamdb/hinata"
	spamMinato cure.Source = "spamdb/minato"
)

// spamdb tells what the mail servers logged: at Hinata the mails of Sazanami
// to people who are not there bounce, and so do the bounces, since nobody has
// the address that they bear; at Minato University bounces come in for
// info@minato.example, in whose name somebody sends. Noise bounces once.
func spamdb(t *teller) {
	var log bytes.Buffer
	lines := 0
	say := func(src cure.Source, when time.Time, program, format string, args ...any) {
		lines++
		fmt.Fprintf(&log, "%s %s %s[%d]: %s\n", when.In(JST).Format("2006-01-02T15:04:05.000000-07:00"), sensors[string(src)], program, 100+lines, fmt.Sprintf(format, args...))
	}
	for i := range 6 {
		when := t.time(mailsSent + time.Duration(i)*2*time.Minute)
		id, bounce := fmt.Sprintf("4A%06X", i), fmt.Sprintf("4B%06X", i)
		say(spamHinata, when, "postfix/smtpd", "%s: client=unknown[%s]", id, ForgerHost)
		say(spamHinata, when, "postfix/qmgr", "%s: from=<%s>, size=2301, nrcpt=1 (queue active)", id, Forger)
		say(spamHinata, when.Add(time.Second), "postfix/local", "%s: to=<former%d@%s>, relay=local, dsn=5.1.1, status=bounced (SYNTHETIC unknown user)", id, i, OwnDomain)
		say(spamHinata, when.Add(time.Second), "postfix/bounce", "%s: sender non-delivery notification: %s", id, bounce)
		say(spamHinata, when.Add(4*time.Second), "postfix/smtp", "%s: to=<%s>, relay=none, dsn=5.4.4, status=bounced (SYNTHETIC host not found)", bounce, Forger)
		t.saw(spamHinata, cure.KindEmail, fmt.Sprintf("former%d@%s", i, OwnDomain))
	}
	t.saw(spamHinata, cure.KindIP, ForgerHost)
	t.saw(spamHinata, cure.KindEmail, Forger)
	t.saw(spamHinata, cure.KindDomain, "hinata-denki.example")
	for i, moment := 0, begin; moment < -2*time.Minute; i, moment = i+1, moment+3*time.Hour {
		say(spamHinata, t.time(moment+t.seconds(60)), "postfix/smtp", "4C%06X: to=<typo%d@other.example>, dsn=5.1.1, status=bounced (SYNTHETIC user unknown)", i, i)
	}
	t.facts.lines(spamHinata, lines)
	t.input(spamHinata, "mail.log", t.story.Now, bytes.Clone(log.Bytes()))
	log.Reset()
	lines = 0
	const block, forged = 14, "info@minato.example"
	for i := range 30 {
		server := noise(block, i)
		when := t.time(at(19, 20, 0) + time.Duration(i)*90*time.Second + t.seconds(60))
		say(spamMinato, when, "postfix/smtpd", "NOQUEUE: reject: RCPT from unknown[%s]: 450 4.7.1 <%s>: SYNTHETIC; from=<> to=<%s> proto=ESMTP", server, forged, forged)
		t.saw(spamMinato, cure.KindIP, server)
	}
	t.saw(spamMinato, cure.KindEmail, forged)
	t.saw(spamMinato, cure.KindDomain, "minato.example")
	t.facts.lines(spamMinato, lines)
	t.input(spamMinato, "mail.log", t.story.Now, log.Bytes())
}
