import Testing

@testable import Tensogram

@Suite struct DiagnosticsTests {
  @Test func everySelfTestPasses() {
    let results = SelfTest.run()
    #expect(results.count == 11)
    for result in results { #expect(result.failure == nil, "\(result.label)") }
  }

  @Test(arguments: [
    LinkedLibraries.zstd, LinkedLibraries.lz4, LinkedLibraries.blosc2, LinkedLibraries.zfp, LinkedLibraries.xxhash,
  ])
  func versionsAreNumbers(version: String) {
    let numbers = version.split(separator: ".").map { Int($0.prefix { $0.isNumber }) }
    #expect(numbers.count >= 2 && !numbers.contains(nil), "\(version)")
  }
}
