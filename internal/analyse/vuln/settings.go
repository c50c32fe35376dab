package vuln

import (
	"slices"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/num/textclass"
)

// Settings say how a model is trained. Start from [DefaultSettings]; they are
// what the development part showed to be best (eval/vuln).
type Settings struct {
	Floor    int     `json:"floor"`    // texts a label must have in training to be learned
	Texts    int     `json:"texts"`    // texts a feature must occur in
	Features int     `json:"features"` // at most
	Age      float64 `json:"age"`      // a text weighs e^(-Age x years before the newest)
	AgeCVSS  float64 `json:"age_cvss"` // the same for the CVSS heads
	Balance  float64 `json:"balance"`  // a label weighs (2000/its texts)^Balance, at most 4
	Second   float64 `json:"second"`   // mass of a second opinion, the main one being 1
	Keep     int     `json:"keep"`     // weights kept of the type classifier
	KeepCVSS int     `json:"keep_cvss"`
	Pull     float64 `json:"pull"` // see textclass.Calibrate
	Theta    float64 `json:"theta"`

	// Long is how much a long text speaks louder to the type head than a short
	// one, see textclass.Vector.Stretch.
	Long float64 `json:"long"`
	// Telling is how much louder the type head hears a feature that tells more,
	// see textclass.NewEmphasis; 0: it hears them by how rare they are.
	Telling float64 `json:"telling"`

	// Refit trains the type head again once all is calibrated, with the texts
	// that were held back for that.
	Refit bool `json:"refit"`

	Types textclass.Training `json:"types"`
	// More are classifiers whose weights the type head is the mean of, with
	// the one of Types.
	More []textclass.Training `json:"more"`
	CVSS textclass.Training   `json:"cvss"`

	// The encoder, whose CVSS heads are added to the linear ones.
	Neural    textclass.Training `json:"neural"`
	Shape     textclass.Shape    `json:"shape"`
	AgeNeural float64            `json:"age_neural"`

	Since int `json:"since"` // year from which texts are kept as known CVEs
}

// DefaultSettings are what the embedded model was trained with.
func DefaultSettings() Settings {
	return Settings{
		Floor: 50, Texts: 5, Features: 1 << 18, Age: 0.05, AgeCVSS: 0.25, Balance: 0.2, Second: 0.5,
		Keep: 900_000, KeepCVSS: 80_000, Pull: 10, Theta: 0.8, Since: 2015,
		Long: 0.5, Telling: 0.75, Refit: true,
		Types: textclass.Training{Epochs: 6, Rate: 1.2, Seed: 1},
		More:  []textclass.Training{{Epochs: 6, Rate: 1.2, Seed: 2}, {Epochs: 6, Rate: 1.2, Seed: 1, Apart: true}},
		CVSS:  textclass.Training{Epochs: 6, Rate: 0.5, Seed: 1},

		Neural: textclass.Training{Epochs: 8, Rate: 0.05, Seed: 1}, AgeNeural: 0.1,
		Shape: textclass.Shape{Width: 64, Hidden: 128, Dropout: 0.3},
	}
}

// Check returns an Invalid error for settings that cannot be trained with.
func (s *Settings) Check() error {
	switch {
	case s.Floor < 2 || s.Texts < 1 || s.Features < 1 || s.Keep < 1 || s.KeepCVSS < 1:
		return cure.Errorf(cure.Invalid, "train: floor at least 2, texts, features and keep at least 1")
	case s.Types.Epochs < 1 || s.CVSS.Epochs < 1 || s.Types.Rate <= 0 || s.CVSS.Rate <= 0:
		return cure.Errorf(cure.Invalid, "train: epochs and rate above 0")
	case slices.ContainsFunc(s.More, func(t textclass.Training) bool { return t.Epochs < 1 || t.Rate <= 0 }):
		return cure.Errorf(cure.Invalid, "train: epochs and rate of each of 'more' above 0")
	case s.Long < 0 || s.Long > 1 || s.Telling < 0 || s.Telling > 2:
		return cure.Errorf(cure.Invalid, "train: long between 0 and 1, telling between 0 and 2")
	case s.Neural.Epochs < 1 || s.Neural.Rate <= 0 || s.Shape.Width < 1 || s.Shape.Hidden < 1 || s.Shape.Width > 1024 || s.Shape.Hidden > 1024:
		return cure.Errorf(cure.Invalid, "train: the encoder has 1 to 1024 units, epochs and rate above 0")
	case s.Theta <= 0.5 || s.Theta >= 1:
		return cure.Errorf(cure.Invalid, "train: theta between 0.5 and 1")
	}
	return nil
}
