package hub

import "github.com/opencure/cure/client"

// What the hub answers with is what the public client reads: one definition
// for both, which lives with those who cannot import this package.
type (
	Hit           = client.Hit
	Answer        = client.Answer
	BadRecord     = client.BadRecord
	EngineState   = client.EngineState
	Link          = client.Link
	Matrix        = client.Matrix
	Miss          = client.Miss
	Neighbours    = client.Neighbours
	Note          = client.Note
	Opened        = client.Opened
	Operating     = client.Operating
	Intake        = client.Intake
	Alarm         = client.Alarm
	Picture       = client.Picture
	Pivot         = client.Pivot
	PivotOptions  = client.PivotOptions
	Reached       = client.Reached
	Related       = client.Related
	Results       = client.Results
	Shared        = client.Shared
	SharedValue   = client.SharedValue
	Sighting      = client.Sighting
	SourceSight   = client.SourceSight
	SourceStatus  = client.SourceStatus
	Stats         = client.Stats
	Status        = client.Status
	Summary       = client.Summary
	Tag           = client.Tag
	Timeline      = client.Timeline
	Block         = client.Block
	CaseFile      = client.CaseFile
	CaseWindow    = client.CaseWindow
	Claim         = client.Claim
	Conflict      = client.Conflict
	DocumentFile  = client.DocumentFile
	Documents     = client.Documents
	Evidence      = client.Evidence
	Name          = client.Name
	Names         = client.Names
	Party         = client.Party
	Reach         = client.Reach
	TagRecord     = client.TagRecord
	TagRecords    = client.TagRecords
	Finding       = client.Finding
	FindingFilter = client.FindingFilter
	Part          = client.Part
	Compared      = client.Compared
	ComparedPair  = client.ComparedPair
	Comparison    = client.Comparison
)
