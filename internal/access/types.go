package access

import "github.com/opencure/cure/internal/hub"

// What a View answers with, under the names of package hub, so that those who
// get a View need not know the hub.
type (
	Answer        = hub.Answer
	BadRecord     = hub.BadRecord
	Cursor        = hub.Cursor
	Desk          = hub.Desk
	EngineState   = hub.EngineState
	Event         = hub.Event
	EventKind     = hub.EventKind
	Hit           = hub.Hit
	Hits          = hub.Hits
	Keys          = hub.Keys
	Link          = hub.Link
	Matrix        = hub.Matrix
	Miss          = hub.Miss
	Neighbours    = hub.Neighbours
	Note          = hub.Note
	Opened        = hub.Opened
	Operating     = hub.Operating
	Intake        = hub.Intake
	Picture       = hub.Picture
	Pivot         = hub.Pivot
	PivotOptions  = hub.PivotOptions
	Reached       = hub.Reached
	RecordRef     = hub.RecordRef
	Related       = hub.Related
	Results       = hub.Results
	Shared        = hub.Shared
	SharedValue   = hub.SharedValue
	Sighting      = hub.Sighting
	SourceSight   = hub.SourceSight
	SourceStatus  = hub.SourceStatus
	Stats         = hub.Stats
	Status        = hub.Status
	Summary       = hub.Summary
	Tag           = hub.Tag
	Timeline      = hub.Timeline
	Block         = hub.Block
	CaseFile      = hub.CaseFile
	CaseWindow    = hub.CaseWindow
	Claim         = hub.Claim
	Conflict      = hub.Conflict
	DocumentFile  = hub.DocumentFile
	Documents     = hub.Documents
	Evidence      = hub.Evidence
	Name          = hub.Name
	Names         = hub.Names
	Party         = hub.Party
	Reach         = hub.Reach
	TagRecord     = hub.TagRecord
	TagRecords    = hub.TagRecords
	Finding       = hub.Finding
	FindingFilter = hub.FindingFilter
	Part          = hub.Part
	Comparison    = hub.Comparison
)
