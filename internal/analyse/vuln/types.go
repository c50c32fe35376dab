package vuln

import "github.com/opencure/cure/client"

// What is answered with is what the public client reads: one definition for
// both.
type (
	Answer      = client.Estimate
	Node        = client.WeaknessNode
	Past        = client.PastAnswers
	Severity    = client.SeverityEstimate
	MetricGuess = client.MetricEstimate
	Reasons     = client.EstimateReasons
	Word        = client.DecidingWord
	Similar     = client.SimilarCVE
	CWE         = client.CWE
	Usage       = client.MappingUsage
)

// The usages, from wanted to unwanted.
const (
	Allowed           = client.Allowed
	AllowedWithReview = client.AllowedWithReview
	Discouraged       = client.Discouraged
	Prohibited        = client.Prohibited
)

// ParseCWE reads CWE-79, cwe-79 or 79.
func ParseCWE(s string) (CWE, error) { return client.ParseCWE(s) }
