package scenario

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"time"

	"golang.org/x/text/encoding/japanese"

	"github.com/opencure/cure"
)

// What the mails of Sazanami name.
const (
	Forger      = "billing@hinata-denki.example" // writes to Hinata as if from Hinata
	ForgerHost  = "192.0.2.132"
	MailSubject = "【至急】請求書"
	DownloadURL = "http://" + DownloadName + "/seikyu/S1.doc"
)

var mailsSent = at(17, 14, 10)

// Bait is the file of a thing of the story: the bytes whose SHA-256 is its
// [Hash]. It is no malware, and nothing else either.
func Bait(name string) []byte { return []byte("opencure-demo/" + name) }

// malmail tells what the quarantine of Hinata's mail server kept: 23 mails of
// Sazanami within twenty minutes, with S1 and a link to it, and the mails that
// everybody gets.
func malmail(t *teller) {
	const src cure.Source = "malmail/hinata"
	host := sensors[string(src)]
	var box bytes.Buffer
	mails := 0
	for i := range 23 {
		when := t.time(mailsSent + time.Duration(i)*50*time.Second + t.seconds(40))
		to := fmt.Sprintf("staff%02d@%s", i+1, OwnDomain)
		fmt.Fprintf(&box, "From %s %s\r\n", Forger, when.In(JST).Format(time.ANSIC))
		fmt.Fprintf(&box, "Return-Path: <%s>\r\nReceived: from mail.hinata-denki.example (unknown [%s])\r\n\tby %s with ESMTP\r\n\tfor <%s>; %s\r\n",
			Forger, ForgerHost, host, to, when.In(JST).Format(time.RFC1123Z))
		fmt.Fprintf(&box, "Authentication-Results: %s; spf=fail; dkim=none; dmarc=fail\r\n", host)
		fmt.Fprintf(&box, "From: %s <%s>\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%d@hinata-denki.example>\r\nX-Synthetic: SYNTHETIC\r\n",
			encodedWord("日向電機 経理部"), Forger, to, encodedWord(MailSubject), when.In(JST).Format(time.RFC1123Z), t.rand.Int64N(1<<40))
		box.WriteString("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"synthetic\"\r\n\r\n--synthetic\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n")
		box.Write(jis("ご請求書はこちらです。\r\n"))
		fmt.Fprintf(&box, "%s?to=%s\r\n--synthetic\r\nContent-Type: application/msword; name=\"S1.doc\"\r\nContent-Disposition: attachment; filename=\"S1.doc\"\r\n", DownloadURL, to)
		fmt.Fprintf(&box, "Content-Transfer-Encoding: base64\r\n\r\n%s\r\n--synthetic--\r\n\r\n", base64.StdEncoding.EncodeToString(Bait("S1")))
		mails++
	}
	const block = 13
	for i, moment := 0, begin; moment < -2*time.Minute; i, moment = i+1, moment+2*time.Hour {
		when := t.time(moment + t.seconds(60))
		client := noise(block, i)
		t.saw(src, cure.KindIP, client)
		fmt.Fprintf(&box, "From offer@spam%d.example %s\r\nReceived: from x ([%s]) by %s; %s\r\n", i, when.In(JST).Format(time.ANSIC), client, host, when.In(JST).Format(time.RFC1123Z))
		fmt.Fprintf(&box, "From: offer@spam%d.example\r\nTo: staff%02d@%s\r\nSubject: Offer %d\r\nX-Synthetic: SYNTHETIC\r\n\r\nhttp://shop%d.example/\r\n\r\n",
			i, 1+t.rand.IntN(23), OwnDomain, t.rand.IntN(1000), i)
		t.saw(src, cure.KindDomain, fmt.Sprintf("spam%d.example", i))
		t.saw(src, cure.KindDomain, fmt.Sprintf("shop%d.example", i))
		mails++
	}
	t.saw(src, cure.KindIP, ForgerHost)
	t.saw(src, cure.KindEmail, Forger)
	t.saw(src, cure.KindDomain, "hinata-denki.example")
	t.saw(src, cure.KindDomain, DownloadName)
	t.saw(src, cure.KindURL, DownloadURL)
	t.saw(src, cure.KindHash, Hash("S1"))
	t.facts.forbid(Forbidden{Text: MailSubject, Why: "subjects of mails are personal"})
	t.facts.forbid(Forbidden{Text: "staff01@" + OwnDomain, Why: "who gets mails is personal"})
	t.facts.lines(src, mails)
	t.input(src, "quarantine.mbox", t.story.Now, box.Bytes())
}

// jis writes a text in ISO-2022-JP.
func jis(s string) []byte {
	b, err := japanese.ISO2022JP.NewEncoder().Bytes([]byte(s))
	if err != nil {
		panic(fmt.Sprintf("scenario: text of a mail: %v", err)) // a constant of ours
	}
	return b
}

func encodedWord(s string) string {
	return "=?ISO-2022-JP?B?" + base64.StdEncoding.EncodeToString(jis(s)) + "?="
}
