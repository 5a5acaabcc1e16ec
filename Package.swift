// swift-tools-version: 6.2
// Needs on the system: libzstd, liblz4, libxxhash (pkg-config), and the headers of the Python that the
// extension module is built for (its `pkgconfig` folder in PKG_CONFIG_PATH). The Makefile sets both up.

import PackageDescription

// Lifetimes lets a type of our own lend out spans of its memory.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .strictMemorySafety(), .enableExperimentalFeature("Lifetimes"),
]

let package = Package(
  name: "tensogram",
  products: [
    .library(name: "Tensogram", targets: ["Tensogram"]),
    .library(name: "TensogramArrays", targets: ["TensogramArrays"]),
    .library(name: "TensogramNative", type: .dynamic, targets: ["TensogramPython"]),
    .executable(name: "tensogram", targets: ["TensogramTool"]),
  ],
  dependencies: [
    // Commands, options and help of the tool; the libraries and the extension module do without.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0")
  ],
  targets: [
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CBlosc2", pkgConfig: "blosc2"),
    .systemLibrary(name: "CZFP", providers: [.apt(["libzfp-dev"])]),
    .systemLibrary(name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(name: "CPython", pkgConfig: "python3"),
    .target(
      name: "Tensogram", dependencies: ["CZstd", "CLZ4", "CBlosc2", "CZFP", "CXXHash"], swiftSettings: strict),
    .target(name: "TensogramArrays", dependencies: ["Tensogram"], swiftSettings: strict),
    .target(
      name: "TensogramPython", dependencies: ["Tensogram", "TensogramArrays", "CPython"], swiftSettings: strict),
    .executableTarget(
      name: "TensogramTool",
      dependencies: ["Tensogram", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Sources/tensogram", swiftSettings: [.swiftLanguageMode(.v6), .enableExperimentalFeature("Lifetimes")]),
    .executableTarget(
      name: "field-statistics", dependencies: ["Tensogram", "TensogramArrays"], path: "examples/FieldStatistics",
      swiftSettings: [.swiftLanguageMode(.v6)]),
    // The oracle that szip is compared with.
    .systemLibrary(name: "CAEC", path: "Tests/CAEC", providers: [.apt(["libaec-dev"])]),
    .testTarget(
      name: "TensogramTests", dependencies: ["Tensogram", "CAEC", "CBlosc2"],
      swiftSettings: [.swiftLanguageMode(.v6), .enableExperimentalFeature("Lifetimes")]),
    .testTarget(
      name: "TensogramToolTests", dependencies: ["TensogramTool"],
      swiftSettings: [.swiftLanguageMode(.v6), .enableExperimentalFeature("Lifetimes")]),
    .testTarget(
      name: "TensogramArraysTests", dependencies: ["Tensogram", "TensogramArrays"],
      swiftSettings: [.swiftLanguageMode(.v6)]),
  ]
)
