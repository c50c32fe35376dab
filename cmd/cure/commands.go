package main

// commands is the table of subcommands; each is a file of its own.
type commands struct {
	globals

	Demo    demoCmd    `cmd:"" group:"Run" help:"Start a hub that tells a synthetic story; look around."`
	Init    initCmd    `cmd:"" group:"Run" help:"Ask what is yours, and write a configuration."`
	Serve   serveCmd   `cmd:"" group:"Run" help:"Run a hub."`
	Publish publishCmd `cmd:"" group:"Run" help:"Read files of a publisher and send what they say to the hub."`

	Search     searchCmd     `cmd:"" group:"Ask" help:"Ask for a value, several, or all in a text."`
	Saved      savedCmd      `cmd:"" group:"Ask" help:"Searches that are kept to ask them again."`
	Tail       tailCmd       `cmd:"" group:"Ask" help:"Print records as they arrive."`
	Replay     replayCmd     `cmd:"" group:"Ask" help:"Print the records of a past window as they arrived."`
	Record     recordCmd     `cmd:"" group:"Ask" help:"Open one record: attributes and raw line."`
	Links      linksCmd      `cmd:"" group:"Ask" help:"Which sources know the same observables, and which those are."`
	Alerts     alertsCmd     `cmd:"" group:"Ask" help:"What own alerts name, ranked by what others know of it."`
	Contacts   contactsCmd   `cmd:"" group:"Ask" help:"Who of ours had to do with a value."`
	Similar    similarCmd    `cmd:"" group:"Ask" help:"Which addresses behave like one, and why."`
	Tag        tagCmd        `cmd:"" group:"Ask" help:"A family, group or technique: its names and records."`
	Document   documentCmd   `cmd:"" group:"Ask" help:"One report, post or ticket, as it was published."`
	Campaigns  campaignsCmd  `cmd:"" group:"Ask" help:"Groups of values that belong together across databases."`
	Cases      casesCmd      `cmd:"" group:"Ask" help:"Detections and what belongs to them."`
	Case       caseCmd       `cmd:"" group:"Ask" help:"A detection or own alert with all that belongs to it."`
	Stats      statsCmd      `cmd:"" group:"Ask" help:"What is here, counted."`
	Status     statusCmd     `cmd:"" group:"Ask" help:"State of the hub and of its sources."`
	Export     exportCmd     `cmd:"" group:"Ask" help:"Answers, cases and campaigns for other programs."`
	Vuln       vulnCmd       `cmd:"" group:"Ask" help:"Weakness and severity of a flaw, estimated from its text."`
	Malware    malwareCmd    `cmd:"" group:"Ask" help:"Which samples are the same program, and what is new in one."`
	Darknet    darknetCmd    `cmd:"" group:"Ask" help:"Malware activities in traffic to addresses that nobody uses."`
	Quarantine quarantineCmd `cmd:"" group:"Ask" help:"Raw records that could not be read, and why."`
	Publishers publishersCmd `cmd:"" group:"Ask" help:"What can be read."`

	Key      keyCmd      `cmd:"" group:"Manage" help:"API keys."`
	Enrol    enrolCmd    `cmd:"" group:"Manage" help:"Make a key for one sensor and print the line to run there."`
	Sensor   sensorCmd   `cmd:"" group:"Run" help:"Small sensors of our own, to listen where nobody does."`
	Org      orgCmd      `cmd:"" group:"Manage" help:"Organisations and what they may see."`
	Source   sourceCmd   `cmd:"" group:"Manage" help:"Delete or regrade what a source said."`
	Engine   engineCmd   `cmd:"" group:"Manage" help:"Engines: list, take back what one said."`
	Backup   backupCmd   `cmd:"" group:"Manage" help:"Write the data folder into an archive."`
	Restore  restoreCmd  `cmd:"" group:"Manage" help:"Unpack an archive into an empty data folder."`
	Config   configCmd   `cmd:"" group:"Manage" help:"Check the configuration; print its reference."`
	Log      logCmd      `cmd:"" group:"Manage" help:"Check the durable log."`
	Doctor   doctorCmd   `cmd:"" group:"Manage" help:"Check whether this machine is fit for a hub."`
	Bench    benchCmd    `cmd:"" group:"Manage" help:"Measure this machine."`
	Manual   manualCmd   `cmd:"" group:"Manage" help:"Print the manual page, or completion for a shell."`
	Version  versionCmd  `cmd:"" group:"Manage" help:"Print version, Go version and build."`
	Override overrideCmd `cmd:"" group:"Manage" help:"Decisions of people: suppress, verdict, rating, feedback."`
	Ticket   ticketCmd   `cmd:"" group:"Manage" help:"Built-in tickets, whose tags are said in the hub."`
	Alias    aliasCmd    `cmd:"" group:"Manage" help:"Names of one thing: say that two tags are the same, or are not."`
	Feeds    feedsCmd    `cmd:"" group:"Manage" help:"Open feeds: list, switch on and off, poll, add, compare."`
	Attack   attackCmd   `cmd:"" group:"Manage" help:"Compare releases of ATT&CK; bring its reference documents."`
}
