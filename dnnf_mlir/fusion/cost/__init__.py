"""The analytic cost model and its calibration by measurements."""
