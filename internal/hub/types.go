package hub

import "github.com/opencure/cure/client"

// What the hub answers with is what the public client reads: one definition
// for both, which lives with those who cannot import this package.
type (
	Hit          = client.Hit
	Answer       = client.Answer
	BadRecord    = client.BadRecord
	Compared     = client.Compared
	ComparedPair = client.ComparedPair
	Comparison   = client.Comparison
	EngineState  = client.EngineState
	Link         = client.Link
	Matrix       = client.Matrix
	Miss         = client.Miss
	Neighbours   = client.Neighbours
	Note         = client.Note
	Opened       = client.Opened
	Operating    = client.Operating
	Pivot        = client.Pivot
	PivotOptions = client.PivotOptions
	Reached      = client.Reached
	Related      = client.Related
	Results      = client.Results
	Shared       = client.Shared
	SharedValue  = client.SharedValue
	Sighting     = client.Sighting
	SourceSight  = client.SourceSight
	SourceStatus = client.SourceStatus
	Stats        = client.Stats
	Status       = client.Status
	Summary      = client.Summary
	Tag          = client.Tag
	Timeline     = client.Timeline
)
