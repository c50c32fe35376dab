package api

import "github.com/opencure/cure"

func find(text string) ([]cure.Observable, int) { return nil, 0 }
