"""The words of the Core Business Vocabulary 2.0 that an event may use without an address."""

from __future__ import annotations

_STEPS = """
accepting arriving assembling collecting commissioning consigning creating_class_instance
cycle_counting decommissioning departing destroying disassembling dispensing encoding
entering_exiting holding inspecting installing killing loading other packing picking receiving
removing repackaging repairing replacing reserving retail_selling shipping staging_outbound
stock_taking stocking storing transporting unloading unpacking void_shipping sensor_reporting
sampling
"""
_DISPOSITIONS = """
active container_closed damaged destroyed dispensed disposed encoded expired in_progress in_transit
inactive no_pedigree_match non_sellable_other partially_dispensed recalled reserved retail_sold
returned sellable_accessible sellable_not_accessible stolen unknown available completeness_verified
completeness_inferred conformant container_open mismatch_instance mismatch_class mismatch_quantity
needs_replacement non_conformant unavailable
"""
_TRANSACTIONS = "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt"
_MEASUREMENTS = """
AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Radioactivity Altitude AmountOfSubstance
AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area
Capacitance Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate
DynamicViscosity ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy
Exposure Force Frequency Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum
Luminance LuminousFlux LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential
Mass MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy
MolarMass MolarVolume Power Pressure RadiantFlux RadiantIntensity RelativeHumidity Resistance
Resistivity SolidAngle SpecificVolume Speed SurfaceDensity SurfaceTension Temperature Time Torque
Voltage Volume VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber
"""
_COMPONENTS = """
x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing
latitude longitude altitude
"""

STEPS = frozenset(_STEPS.split())
DISPOSITIONS = frozenset(_DISPOSITIONS.split())
TRANSACTIONS = frozenset(_TRANSACTIONS.split())
PARTIES = frozenset({"owning_party", "possessing_party", "location"})
REASONS = frozenset({"did_not_occur", "incorrect_data"})
MEASUREMENTS = frozenset(_MEASUREMENTS.split())
ALERTS = frozenset({"ALARM_CONDITION", "ERROR_CONDITION"})
COMPONENTS = frozenset(_COMPONENTS.split())
ACTIONS = frozenset({"OBSERVE", "ADD", "DELETE"})


def bare(word: str | None) -> str:
    """The word at the end of an address of the vocabulary, or the word itself."""
    if not word:
        return ""
    for separator in ("/", ":"):
        word = word.rpartition(separator)[2] if separator in word else word
    head, dash, tail = word.partition("-")
    # The web vocabulary's names carry what they are: BizStep-shipping, Disp-in_transit.
    return tail if dash and head in {"BizStep", "Disp", "BTT", "SDT", "ER", "Comp"} else word
