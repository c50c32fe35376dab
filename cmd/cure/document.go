package main

import (
	"fmt"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/text"
)

// documents prints the documents that hold all words.
func (c *searchCmd) documents(e *env, cl *client.Client, words string) error {
	found, err := cl.Documents(e.ctx, words, client.Page{Limit: c.Limit})
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(found)
	}
	if found.Unread > 0 {
		fmt.Fprintf(e.err, "%d documents have no text here and were searched by their title\n", found.Unread)
	}
	if len(found.Documents) == 0 {
		fmt.Fprintln(e.err, "no document holds this")
		return errNone
	}
	t := newGrid("date", "source", "title", "text", "id")
	for i := range found.Documents {
		d := &found.Documents[i]
		t.add(day(d.Date), d.Source, d.Title, d.Snippet, d.ID)
	}
	t.print(e.out)
	if found.More {
		fmt.Fprintln(e.err, "there is more: raise the limit with -n")
	}
	return nil
}

type documentCmd struct {
	ID string `arg:"" help:"Id of the document, as 'cure search text:…' shows it."`
}

// Help teaches by example.
func (documentCmd) Help() string {
	return `Prints a report, post or ticket as it was published.

  cure document 6f1c0bd2a95e4b7d8c3e0f1a2b3c4d5e`
}

// Run prints a document.
func (c *documentCmd) Run(e *env) error {
	id, err := cure.ParseID(c.ID)
	if err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	d, err := cl.Document(e.ctx, id)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(d)
	}
	fmt.Fprintf(e.out, "%s\n%s, %s, %s\n", text.Printable(d.Title, 0), day(d.Date), d.Source, d.Marking)
	if d.URL != "" {
		fmt.Fprintln(e.out, text.Printable(defang(d.URL), 0))
	}
	fmt.Fprintf(e.out, "record %s\n\n", d.Record)
	e.printText(d.Text)
	return nil
}
